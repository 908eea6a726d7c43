"""How hard a scan may pull: a bound on rows a second, and room for those who read events. Called by `reading`.

While others read, one page of few rows is worked on at a time, and the scan rests for most of the time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from timeseries.scan.gauge import event_reads

SAMPLED_EVERY_S = 1.0
BUSY_READS_PER_S = 10.0
GENTLE_SHARE = 0.2
GENTLE_PAGE_ROWS = 1_000
LONGEST_REST_S = 1.0


@dataclass(slots=True)
class Throttle:
    """At most `rows_per_s` on average (None: no bound), and gentle while others read events.

    `count_reads` says how many reads there were so far, of whoever; without it a scan is never gentle. A throttle may
    serve several scans of a process, one after the other or at once.
    """

    rows_per_s: float | None = None
    count_reads: Callable[[], int | None] | None = event_reads
    is_gentle: bool = False
    _next_s: float = field(default=0.0, repr=False)
    _sampled_s: float = field(default=0.0, repr=False)
    _reads: int | None = field(default=None, repr=False)
    _own_reads: int = field(default=0, repr=False)

    @property
    def max_page_rows(self) -> int | None:
        """How many rows a page may have at present; None for as many as wanted."""
        return GENTLE_PAGE_ROWS if self.is_gentle else None

    def pause_s(self, rows: int, *, took_s: float = 0.0, is_read: bool = False) -> float:
        """Return how long to rest, in seconds, before more is asked for, now that a page has come.

        rows: how many it had. took_s: how long it took. is_read: whether Cassandra counts it among the reads.
        """
        self._own_reads += is_read
        self._sample()
        rest_s = min(took_s * (1 / GENTLE_SHARE - 1), LONGEST_REST_S) if self.is_gentle else 0.0
        return max(rest_s, self._wait_for_rate(rows))

    def _wait_for_rate(self, rows: int) -> float:
        if self.rows_per_s is None:
            return 0.0
        now_s = time.monotonic()
        self._next_s = max(self._next_s, now_s) + rows / self.rows_per_s
        return self._next_s - now_s

    def _sample(self) -> None:
        passed_s = time.monotonic() - self._sampled_s
        if self.count_reads is None or passed_s < SAMPLED_EVERY_S:
            return
        reads, before, own = self.count_reads(), self._reads, self._own_reads
        if reads is None or before is None:
            self.is_gentle = False
        else:
            self.is_gentle = reads - before - own >= BUSY_READS_PER_S * passed_s
        self._reads, self._own_reads, self._sampled_s = reads, 0, time.monotonic()
