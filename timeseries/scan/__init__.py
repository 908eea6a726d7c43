"""Reading events by the million: plans of slices, pages read ahead, each with the position from which to go on.

Called by `exports/` and `formats/`. Pages come undecoded where the C library is built, else as JSON texts; `formats`
turns either into the same bytes. Who may read what is checked above.
"""

from timeseries.scan.pages import DONE, Page
from timeseries.scan.plans import plan_slices
from timeseries.scan.queries import COLUMNS, Wanted
from timeseries.scan.reading import scan
from timeseries.scan.slices import Slice
from timeseries.scan.throttle import Throttle
from timeseries.scan.touched import plan_touched

__all__ = ["COLUMNS", "DONE", "Page", "Slice", "Throttle", "Wanted", "plan_slices", "plan_touched", "scan"]
