# ruff: noqa: S608 - a number of our own is put into the text, every value is bound
"""Which partitions were written to when: windows of the time of storing, and rows that name partitions in them. Pure.

An incremental export reads only what was touched since the last. Called by services (writing) and `scan` (reading).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.times import to_microseconds

WINDOW_S = 600
WINDOW_US = WINDOW_S * 1_000_000
KEPT = timedelta(days=40)
INSERT = (
    "INSERT INTO touched_buckets (stored, stream, retention, bucket, width, shards) VALUES (?, ?, ?, ?, ?, ?)"
    f" USING TTL {int(KEPT.total_seconds())}"
)
_SELECT = "SELECT stream, retention, bucket, shards FROM touched_buckets WHERE stored = ?"
SELECT_OF_ALL = _SELECT
SELECT_OF_STREAM = f"{_SELECT} AND stream = ?"


def window_of(written_us: int) -> int:
    """Return the start, in seconds since 1970, of the window in which a row of that write time was stored."""
    return written_us // WINDOW_US * WINDOW_S


def windows_since(since: datetime, until: datetime) -> Iterator[int]:
    """Give every window from that of `since` to one after that of `until`: clocks of other processes may be ahead."""
    first, last = window_of(to_microseconds(since)), window_of(to_microseconds(until))
    yield from range(first, last + 2 * WINDOW_S, WINDOW_S)
