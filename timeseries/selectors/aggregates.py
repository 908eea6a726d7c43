"""Counts, histograms and top values over a range of a stream: exact, within a limit of work.

Where nothing but numbers of events, or of those of one kind and level, are asked for, Cassandra counts; else the
columns that are needed are read. Called by `api/`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core.deadlines import Deadline
from core.errors import InvalidInput
from core.principals import Principal
from core.times import EPOCH
from timeseries.comparisons import Typed, typed
from timeseries.filters import Filters
from timeseries.partitions import DAY_S, HOUR_S, MINUTE_S, SECOND, bucket_of
from timeseries.paths import COLUMNS, PAYLOAD, FieldName, field_values
from timeseries.selectors.events import check_readable
from timeseries.selectors.filtering import pushed_values
from timeseries.selectors.masking import check_asked
from timeseries.selectors.ranges import RangeReader, Slice
from timeseries.windows import Window, second_of

INTERVALS_S = {"1m": MINUTE_S, "1h": HOUR_S, "1d": DAY_S}
AUTO = "auto"
AUTO_INTERVALS = 200
MAX_INTERVALS = 5_000
MAX_PARTS = 24  # of a bucket that is wider than an interval, so many parts are counted apart; of more, ids are read
ALL_COLUMNS = (*COLUMNS, PAYLOAD)


@dataclass(frozen=True, slots=True)
class Range:
    """What is asked over: a stream's events of `start` <= time < `end` that meet the conditions, and how far it may go.

    `max_rows` are read at most, ten times as many counted where Cassandra counts.
    """

    stream: str
    start: datetime
    end: datetime
    filters: Filters
    max_rows: int
    deadline: Deadline | None = None


@dataclass(frozen=True, slots=True)
class TopValues:
    """The most frequent values of a field, each with the number of events that have it.

    `count` events were looked at, `present` of them have the field, with `distinct` values.
    """

    count: int
    present: int
    distinct: int
    values: list[tuple[Typed, int]]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Events per interval: `counts` by its start in seconds since 1970, empty ones too, in order of time.

    With a field `top` has its most frequent values of the range, and `by_value` how many events of each interval have
    each of those.
    """

    interval: str
    counts: dict[int, int]
    top: TopValues | None = None
    by_value: dict[int, Counter[Typed]] | None = None


def count_in_range(principal: Principal, asked: Range) -> int:
    """Count the events of a range.

    Raises: NotFound, PermissionRefused, TooMuchWork, StoreUnavailable, StoreTimeout.
    """
    reader = _reader(principal, asked)
    equal = _counted_by_cassandra(asked.filters)
    if equal is None:
        return sum(1 for _ in _matching(reader, asked.filters, ()))
    return sum(count for _, count in reader.count(reader.slices(), equal))


def top_values(principal: Principal, asked: Range, field: FieldName, limit: int) -> TopValues:
    """Return the most frequent values of a field in a range, at most `limit`.

    An event counts once for each value that it has: more than once where the field is a list. Objects are no values.

    Raises: as `count_in_range`.
    """
    tally = _Tally()
    for _, (values,) in _matching(_reader(principal, asked, (field,)), asked.filters, (field,)):
        tally.add(0, values)
    return tally.top(limit)


def histogram(
    principal: Principal, asked: Range, interval: str = AUTO, *, by: FieldName | None = None, limit: int = 20
) -> Histogram:
    """Count a range's events per interval (of INTERVALS_S, or AUTO), and with `by` per value of that field.

    Raises: as `count_in_range`; InvalidInput for more than MAX_INTERVALS intervals.
    """
    reader = _reader(principal, asked, () if by is None else (by,))
    interval = _choose_interval(asked, interval)
    width_s = INTERVALS_S[interval]
    counts = dict.fromkeys(_starts(asked, width_s), 0)
    equal = _counted_by_cassandra(asked.filters)
    parts = _cut(reader.slices(), width_s) if by is None and equal is not None else None
    if parts is not None:
        for part, count in reader.count(parts, equal or {}):
            counts[part.bucket_at(width_s)] += count
        return Histogram(interval, counts)
    tally = _Tally()
    for event, found in _matching(reader, asked.filters, () if by is None else (by,)):
        start = second_of(event) // width_s * width_s
        counts[start] += 1
        if by is not None:
            tally.add(start, found[0])
    if by is None:
        return Histogram(interval, counts)
    top = tally.top(limit)
    return Histogram(interval, counts, top, tally.by_start)


@dataclass(slots=True)
class _Tally:
    """Counts values, per start of an interval."""

    count: int = 0
    present: int = 0
    by_start: dict[int, Counter[Typed]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, start: int, values: list[Any]) -> None:
        found = {key for key in map(typed, values) if key[1] is not None}
        self.count += 1
        self.present += bool(found)
        self.by_start[start].update(found)

    def top(self, limit: int) -> TopValues:
        counter = sum(self.by_start.values(), Counter[Typed]())
        ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0][0], item[0][1]))
        return TopValues(self.count, self.present, len(counter), ordered[:limit])


def _reader(principal: Principal, asked: Range, fields: Sequence[FieldName] = ()) -> RangeReader:
    check_readable(principal, asked.stream)
    check_asked(principal, asked.stream, (each.name for each in (*asked.filters.fields, *fields)))
    return RangeReader(asked.stream, Window(asked.start, asked.end), asked.max_rows, asked.deadline)


def _counted_by_cassandra(filters: Filters) -> dict[str, str] | None:
    """Return the values of kind and level that are all that is asked for; None where there is more."""
    equal = pushed_values(filters)
    return equal if len(equal) == len(filters.conditions) else None


def _matching(
    reader: RangeReader, filters: Filters, fields: Sequence[FieldName]
) -> Iterator[tuple[UUID, list[list[Any]]]]:
    """Give the id and the fields' values of every event that meets the conditions."""
    wanted = filters.columns | {each.column for each in fields}
    columns = tuple(name for name in ALL_COLUMNS if name in wanted)
    if not columns:
        yield from ((row[0], []) for row in reader.rows(()))
        return
    places = [columns.index(name) + 1 if name in wanted else None for name in ALL_COLUMNS]
    for row in reader.rows(columns):
        seen = tuple(None if place is None else row[place] for place in places)
        if filters.matches(seen):
            yield row[0], field_values(fields, seen)


def _cut(slices: Sequence[Slice], width_s: int) -> list[Slice] | None:
    """Cut partitions into parts that lie in one interval each; None where that would be too many."""
    if any(each.width_s > width_s * MAX_PARTS for each in slices):
        return None
    return [part for each in slices for part in each.parts(width_s)]


def _choose_interval(asked: Range, interval: str) -> str:
    seconds = max(0.0, (asked.end - asked.start).total_seconds())
    if interval == AUTO:
        interval = next((name for name, width_s in INTERVALS_S.items() if seconds <= width_s * AUTO_INTERVALS), "1d")
    if seconds > INTERVALS_S[interval] * MAX_INTERVALS:
        raise InvalidInput(
            f"the range has more than {MAX_INTERVALS} intervals of {interval}: take longer ones, or a shorter range",
            path="interval",
        )
    return interval


def _starts(asked: Range, width_s: int) -> range:
    first = bucket_of(asked.start, width_s)
    return range(first, -((EPOCH - asked.end) // SECOND), width_s) if asked.start < asked.end else range(0)
