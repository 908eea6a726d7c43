"""Merging many partitions into one ordered sequence, reading no more of them than the sequence needs.

A `Merge` says which reads it wants next and takes their rows; whoever drives it runs the reads of many merges at once
(`drive`). It gives out an event when no unread partition can hold an earlier one.
"""

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.deadlines import Deadline
from core.errors import StoreTimeout
from timeseries.events import Event
from timeseries.failures import STORE
from timeseries.session import Request, Row, read_many
from timeseries.windows import BEFORE_ALL, NOWHERE, Position, Window

LIST_ROWS, MAX_LIST_ROWS = 64, 2_048
MAX_BUCKETS_AT_ONCE = 16
FEW_ROWS, UNEVEN = 20, 1.25


@dataclass(slots=True)
class Partition:
    """One partition and how far it is read: every unread event follows `frontier`.

    `siblings`: how many partitions share its bucket's events evenly.
    """

    retention: str
    key: tuple[Any, ...]
    frontier: Position
    window: Window
    siblings: int = 1

    def rows_of(self, page_rows: int) -> int:
        """Return how many rows to ask for where `page_rows` are wanted of all siblings together."""
        return min(page_rows, max(FEW_ROWS, math.ceil(page_rows * UNEVEN / self.siblings)))


class Source(Protocol):
    """One of the two tables, for one stream or actor; `overlap_s`: how far the next listed buckets reach back."""

    @property
    def overlap_s(self) -> int:
        """Seconds; 0 when buckets never overlap."""

    def list_request(self, window: Window, low: int, high: int, limit: int) -> Request:
        """Ask for buckets between two starts, both exclusive."""

    def partitions(self, window: Window, listed: Row) -> list[Partition]:
        """Return the partitions of one listed bucket."""

    def rows_request(self, partition: Partition, limit: int) -> Request:
        """Ask for the partition's next rows."""

    def event(self, partition: Partition, row: Row) -> Event:
        """Make the event of a row."""


@dataclass(slots=True)
class Merge:
    """The ordered events of one source within a window; `page_rows` is how many one bucket is asked for."""

    source: Source
    window: Window
    page_rows: int
    unlisted: Position = BEFORE_ALL
    open: list[Partition] = field(default_factory=list)
    found: list[tuple[Position, int, Event]] = field(default_factory=list)
    _pushed: int = 0
    _given: Position | None = None
    _bounds: tuple[int, int] = (0, 0)
    _asked: list[Partition] = field(default_factory=list)
    _buckets_at_once: int = 1
    _list_rows: int = LIST_ROWS

    def __post_init__(self) -> None:
        self._bounds = self.window.buckets

    @property
    def is_done(self) -> bool:
        """Tell whether nothing is left to read."""
        return not self.open and self.unlisted == NOWHERE

    @property
    def progress(self) -> Position:
        """Return up to where everything was read; NOWHERE when that is all."""
        return min([self.unlisted, *(partition.frontier for partition in self.open)])

    def next_requests(self) -> list[Request]:
        """Return the reads needed before more events can be given out."""
        self._asked = []
        if self.is_done:
            return []
        if self.unlisted <= min((partition.frontier for partition in self.open), default=NOWHERE):
            return [self.list_request()]
        frontiers = sorted({partition.frontier for partition in self.open})[: self._buckets_at_once]
        self._asked = [partition for partition in self.open if partition.frontier <= frontiers[-1]]
        self._buckets_at_once = min(self._buckets_at_once * 2, MAX_BUCKETS_AT_ONCE)
        return [self.source.rows_request(partition, partition.rows_of(self.page_rows)) for partition in self._asked]

    def list_request(self) -> Request:
        """Return the read of the next listed buckets."""
        return self.source.list_request(self.window, *self._bounds, self._list_rows)

    def take(self, answers: Sequence[list[Row]]) -> None:
        """Take the rows of the requests, in their order."""
        if not self._asked:
            self._take_list(answers[0])
        for partition, rows in zip(self._asked, answers, strict=False):
            self._take_rows(partition, rows)

    def ready(self) -> Iterator[Event]:
        """Give out the events that no unread partition can precede, in order.

        One that lies in two partitions, because an actor's lane was changed after it was stored, is given out once.
        """
        safe = self.progress
        while self.found and self.found[0][0] <= safe:
            position, _, event = heapq.heappop(self.found)
            if position != self._given:
                self._given = position
                yield event

    def _take_list(self, rows: Sequence[Row]) -> None:
        # The last start of a full page may have more rows than the page took: it is read again with the next one.
        is_last_page = len(rows) < self._list_rows
        self._list_rows = min(self._list_rows * 2, MAX_LIST_ROWS)
        kept = rows if is_last_page else [row for row in rows if row[0] != rows[-1][0]]
        for row in kept:
            if self.window.overlaps(row[0], row[2]):
                self.open += self.source.partitions(self.window, row)
        if is_last_page:
            self.unlisted = NOWHERE
            return
        last, (low, high) = kept[-1][0], self._bounds
        self._bounds = (low, last) if self.window.newest_first else (last, high)
        self.unlisted = self.window.frontier(last, self.source.overlap_s)

    def _take_rows(self, partition: Partition, rows: Sequence[Row]) -> None:
        for row in rows:
            self._pushed += 1
            entry = (self.window.position(row[0]), self._pushed, self.source.event(partition, row))
            heapq.heappush(self.found, entry)
        if len(rows) < partition.rows_of(self.page_rows):
            self.open.remove(partition)
            return
        partition.frontier = self.window.position(rows[-1][0])
        partition.window = Window(self.window.start, self.window.end, self.window.newest_first, rows[-1][0])


def list_partitions(source: Source) -> list[Partition]:
    """Return every partition that the source's list names, newest first. Raises: StoreUnavailable, StoreTimeout."""
    merge = Merge(source, Window(), 1)
    while merge.unlisted != NOWHERE:
        merge.take(read_many([merge.list_request()]))
    return merge.open


def drive(
    merges: Sequence[Merge],
    take_ready: Callable[[Sequence[Merge]], Sequence[Merge]],
    deadline: Deadline | None = None,
) -> None:
    """Read for all merges at once, wave by wave, as long as `take_ready` returns any that wants more and is not done.

    Raises: StoreUnavailable, StoreTimeout, and what `take_ready` does.
    """
    waiting = list(merges)
    while waiting:
        wanted = [(merge, merge.next_requests()) for merge in waiting]
        rows = iter(read_many([request for _, requests in wanted for request in requests], timeout_s=left_s(deadline)))
        for merge, requests in wanted:
            merge.take([next(rows) for _ in requests])
        waiting = [merge for merge in take_ready(waiting) if not merge.is_done]


def left_s(deadline: Deadline | None) -> float | None:
    """Return how long a read may take; None without a deadline. Raises: StoreTimeout when nothing is left."""
    if deadline is None:
        return None
    if deadline.has_passed():
        raise StoreTimeout(f"Cassandra's events took longer than {deadline.budget_s:g} s", store=STORE)
    return deadline.remaining_s()
