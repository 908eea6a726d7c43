"""How hard a scan may pull: a bound on rows a second. Called by `reading` between pages."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Throttle:
    """At most `rows_per_s` on average (None: no bound); one throttle may serve several scans of a process."""

    rows_per_s: float | None = None
    _next_s: float = field(default=0.0, repr=False)

    def pause_s(self, rows: int) -> float:
        """Return how long to wait, in seconds, before more is asked for, now that so many rows have been read."""
        if self.rows_per_s is None:
            return 0.0
        now_s = time.monotonic()
        self._next_s = max(self._next_s, now_s) + rows / self.rows_per_s
        return self._next_s - now_s
