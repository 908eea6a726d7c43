"""Reads of streams and events. Called by `api/`, `query/`, `imports/` and `exports/`.

A principal reads the streams that are its own, that name it as a reader, or all of them by role; and events that name
an actor it is (`own_actors`), where the stream lets actors read.
"""

from timeseries.lookup_directory import lookups_of
from timeseries.selectors.aggregates import Range, count_in_range, histogram, top_values
from timeseries.selectors.column_rules import column_rules, masks_for
from timeseries.selectors.events import check_readable, count_events, events_by_actors, events_by_stream, scan_events
from timeseries.selectors.fields import stream_fields, stream_schema, stream_usage, usage_of, usage_page
from timeseries.selectors.filtered import filtered_by_actor, filtered_by_stream
from timeseries.selectors.filtering import FilteredEvents
from timeseries.selectors.masking import check_whole
from timeseries.selectors.streams import owns_streams, stream_by_name, streams_page

__all__ = [
    "FilteredEvents",
    "Range",
    "check_readable",
    "check_whole",
    "column_rules",
    "count_events",
    "count_in_range",
    "events_by_actors",
    "events_by_stream",
    "filtered_by_actor",
    "filtered_by_stream",
    "histogram",
    "lookups_of",
    "masks_for",
    "owns_streams",
    "scan_events",
    "stream_by_name",
    "stream_fields",
    "stream_schema",
    "stream_usage",
    "streams_page",
    "top_values",
    "usage_of",
    "usage_page",
]
