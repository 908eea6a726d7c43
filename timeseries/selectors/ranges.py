"""Reading a whole range of a stream for an aggregate: few columns, or only counts, of many partitions at once.

Order does not matter here, so that nothing is merged. What would read more than a limit is refused with an estimate of
how much there is. Called by `aggregates`.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from core.deadlines import Deadline
from core.errors import TooMuchWork
from core.times import EPOCH
from timeseries.partitions import bucket_of
from timeseries.range_statements import count_rows, narrow_rows
from timeseries.selectors.merging import Merge, Partition, left_s
from timeseries.selectors.sources import StreamSource
from timeseries.session import Request, Row, read_many
from timeseries.windows import NOWHERE, Window

AT_ONCE = 32
PAGE, PAYLOAD_PAGE = 4_000, 500
MAX_PARTITIONS = 20_000
SAMPLED = 4
COUNTS_AT_ONCE = 64
COUNTED_PER_READ = 10  # Cassandra counts so many rows in the time in which one is read and looked at here


@dataclass(frozen=True, slots=True)
class Slice:
    """A partition, or what of it lies between the bounds of `window`; `width_s` is its bucket's."""

    partition: Partition
    width_s: int

    @property
    def bucket(self) -> int:
        """The bucket's start, in seconds since 1970."""
        start: int = self.partition.key[1]
        return start

    def bucket_at(self, width_s: int) -> int:
        """Return the start of the interval in which all of it lies."""
        start = bucket_of(self.partition.window.start or EPOCH, width_s)
        return max(start, self.bucket // width_s * width_s)

    def parts(self, width_s: int) -> "list[Slice]":
        """Cut it where intervals end; what lies outside the window is left out."""
        if self.width_s <= width_s:
            return [self]
        parts = (
            self._between(start, start + width_s) for start in range(self.bucket, self.bucket + self.width_s, width_s)
        )
        return [part for part in parts if part is not None]

    def _between(self, start_s: int, end_s: int) -> "Slice | None":
        window = self.partition.window
        start = max(EPOCH + timedelta(seconds=start_s), window.start or EPOCH)
        end = min(EPOCH + timedelta(seconds=end_s), window.end or EPOCH)
        inner = Window(start, end, window.newest_first)
        return Slice(replace(self.partition, window=inner), self.width_s) if start < end else None


@dataclass(slots=True)
class RangeReader:
    """Reads of one stream's range, whose window has both ends.

    `max_rows` may be read, ten times as many counted by Cassandra.
    """

    stream: str
    window: Window
    max_rows: int
    deadline: Deadline | None = None
    _slices: list[Slice] = field(default_factory=list)

    def slices(self) -> list[Slice]:
        """Return the partitions of the range. Raises: TooMuchWork for too many, StoreUnavailable, StoreTimeout."""
        if not self._slices:
            source = _WidthSource(StreamSource(self.stream))
            merge = Merge(source, self.window, 1)
            while merge.unlisted != NOWHERE and len(merge.open) <= MAX_PARTITIONS:
                merge.take(read_many([merge.list_request()], timeout_s=left_s(self.deadline)))
            self._slices = [Slice(each, source.widths_s[each.key[1]]) for each in merge.open]
            if len(merge.open) > MAX_PARTITIONS:
                raise self._too_much()
        return self._slices

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Give every row of the range: its id and these columns, in no order.

        Raises: TooMuchWork, StoreUnavailable, StoreTimeout.
        """
        self._check_size(1)
        waiting = deque(each.partition for each in self.slices())
        page = PAYLOAD_PAGE if "payload" in columns else PAGE
        read = 0
        while waiting:
            asked = [waiting.popleft() for _ in range(min(AT_ONCE, len(waiting)))]
            answers = self._ask([_rows_request(each, columns, page) for each in asked])
            for partition, rows in zip(asked, answers, strict=True):
                read += len(rows)
                yield from rows
                if len(rows) == page:
                    waiting.append(_after(partition, rows[-1]))
            if read > self.max_rows:
                raise self._too_much(read)

    def count(self, slices: Sequence[Slice], equal: dict[str, str]) -> Iterator[tuple[Slice, int]]:
        """Let Cassandra count each slice; with `equal` only rows with these values of kind and level.

        Raises: TooMuchWork, StoreUnavailable, StoreTimeout.
        """
        self._check_size(COUNTED_PER_READ)
        counted = 0
        for at in range(0, len(slices), COUNTS_AT_ONCE):
            asked = slices[at : at + COUNTS_AT_ONCE]
            answers = self._ask([_count_request(each.partition, equal) for each in asked])
            for each, rows in zip(asked, answers, strict=True):
                counted += rows[0][0]
                yield each, rows[0][0]
            if counted > self.max_rows * COUNTED_PER_READ:
                raise self._too_much(counted)

    def _check_size(self, weight: int) -> None:
        """Refuse early, by a sample, what is surely too much."""
        if len(self.slices()) > AT_ONCE and self._estimate() > 2 * self.max_rows * weight:
            raise self._too_much()

    def _ask(self, requests: Sequence[Request]) -> list[list[Row]]:
        return read_many(requests, timeout_s=left_s(self.deadline))

    def _estimate(self) -> int:
        """Estimate how many rows the range has, from some of its partitions."""
        slices = self._slices
        sample = slices[:: max(1, len(slices) // SAMPLED)][:SAMPLED]
        answers = self._ask([_count_request(each.partition, {}) for each in sample])
        seen: int = sum(rows[0][0] for rows in answers)
        return seen * len(slices) // max(1, len(sample))

    def _too_much(self, seen: int = 0) -> TooMuchWork:
        about = max(seen, self._estimate())
        more = " or more" if len(self._slices) > MAX_PARTITIONS else ""
        return TooMuchWork(
            f"the range has about {about} events{more}, and one question reads {self.max_rows}: narrow the range, or"
            " export it",
            path="from",
        )


@dataclass(slots=True)
class _WidthSource:
    """The stream's list, and how wide each listed bucket is."""

    table: StreamSource
    widths_s: dict[int, int] = field(default_factory=dict)
    overlap_s: int = 0

    def list_request(self, window: Window, low: int, high: int, limit: int) -> Request:
        return self.table.list_request(window, low, high, limit)

    def partitions(self, window: Window, listed: Row) -> list[Partition]:
        self.widths_s[listed[0]] = listed[2]
        return self.table.partitions(window, listed)

    rows_request: Callable[..., Request] = StreamSource.rows_request
    event: Callable[..., Any] = StreamSource.event


def _rows_request(partition: Partition, columns: Sequence[str], page: int) -> Request:
    cql = narrow_rows(partition.retention, tuple(columns))
    return Request(cql, (*partition.key, *partition.window.ids, page))


def _count_request(partition: Partition, equal: dict[str, str]) -> Request:
    cql = count_rows(partition.retention, tuple(equal))
    return Request(cql, (*partition.key, *partition.window.ids, *equal.values()))


def _after(partition: Partition, last: Row) -> Partition:
    window = partition.window
    return replace(partition, window=Window(window.start, window.end, window.newest_first, last[0]))
