"""Counting a stream's events anew from its rows, so that events sent again count once, and lost counts are there.

Called by the job `recount_stream` (`operations.recounts`), bucket by bucket. Counters cannot be set: they are corrected
by what they differ, which is exact for days, and fields, that nobody writes meanwhile.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.times import now, to_microseconds
from timeseries.declarations import schema_of
from timeseries.deletion_statements import DELETE_DAY
from timeseries.fields import SELECT_COUNTS, Span, key_of
from timeseries.identity import time_of
from timeseries.partitions import DAY_S
from timeseries.payload_schemas import NO_SCHEMA, PayloadSchema
from timeseries.services import tallies
from timeseries.services.catalogue import add_span, admitted, spans_of
from timeseries.services.conformity import examine
from timeseries.services.deletions import LATEST_US, listed_buckets, parts_of
from timeseries.services.removal import StoredRow, pages_of
from timeseries.session import Row, read, write
from timeseries.shapes import Field
from timeseries.streams import Stream
from timeseries.usage import SELECT_USAGE, Day, Usage, has_expired
from timeseries.windows import Window

NOTHING = Usage()


@dataclass(slots=True)
class Recount:
    """How far a recount is: the last bucket, the day it lies in and what of that was counted; all; and the fields.

    `counted` are the fields' counters at the beginning; `done` of so many `buckets` are through.
    """

    counted: Mapping[Field, int]
    buckets: int
    done: int = 0
    after: int | None = None
    day: Day | None = None
    of_day: Usage = NOTHING
    total: Usage = NOTHING
    spans: dict[Field, Span] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON, for `read_state`."""
        return {
            "counted": [[*name, events] for name, events in self.counted.items()],
            "buckets": self.buckets,
            "done": self.done,
            "after": self.after,
            "day": self.day,
            "of_day": [self.of_day.events, self.of_day.payload_bytes],
            "total": [self.total.events, self.total.payload_bytes],
            "spans": [[*name, span.events, span.first_us, span.last_us] for name, span in self.spans.items()],
        }


def read_state(kept: Mapping[str, Any]) -> Recount:
    """Return what `Recount.as_json` wrote."""
    return Recount(
        counted={(path, kind): events for path, kind, events in kept["counted"]},
        buckets=kept["buckets"],
        done=kept["done"],
        after=kept["after"],
        day=(kept["day"][0], kept["day"][1]) if kept["day"] else None,
        of_day=Usage(*kept["of_day"]),
        total=Usage(*kept["total"]),
        spans={(path, kind): Span(*span) for path, kind, *span in kept["spans"]},
    )


def begin_recount(stream: Stream) -> Recount:
    """Return a recount's beginning; days that have expired leave the counters. Raises: StoreError."""
    life, moment = key_of(stream), now()
    for retention, day, *_ in read(SELECT_USAGE, life):
        if has_expired((retention, day), moment):
            write(DELETE_DAY, (*life, retention, day))
    counted = {(path, kind): events for path, kind, events in read(SELECT_COUNTS, life)}
    return Recount(counted, sum(1 for _ in listed_buckets(stream, Window(), None)))


def count_buckets(stream: Stream, state: Recount) -> Iterator[Recount]:
    """Count bucket by bucket from where the state is, and correct each day that is through; the state after each.

    Raises: StoreUnavailable, StoreTimeout, OutcomeUnknown.
    """
    schema, window = schema_of(stream, fresh=True), Window()
    first = None if state.after is None else state.after + 1
    for listed in listed_buckets(stream, window, first):
        day = (listed[1], listed[0] // DAY_S * DAY_S)
        if state.day != day:
            _correct_day(stream, state)
            state.day, state.of_day = day, NOTHING
        for part in parts_of(stream, window, listed):
            for rows in pages_of(part, LATEST_US):
                _count(stream, schema, rows, state)
        state.after, state.done = listed[0], state.done + 1
        yield state
    _correct_day(stream, state)


def correct_fields(stream: Stream, state: Recount) -> None:
    """Correct the fields' counters, once all buckets are through. Raises: StoreError."""
    spans = admitted(set(state.counted), state.spans)
    changes = {name: replace(span, events=span.events - state.counted.get(name, 0)) for name, span in spans.items()}
    tallies.add(key_of(stream), {name: span for name, span in changes.items() if span.events}, {})
    gone = {name: -events for name, events in state.counted.items() if events and name not in spans}
    tallies.add_field_counts(key_of(stream), gone)


def _count(stream: Stream, schema: PayloadSchema, rows: list[StoredRow], state: Recount) -> None:
    usage = Usage(len(rows), sum(len(row.payload.encode()) for row in rows))
    state.of_day += usage
    state.total += usage
    for name, span in _spans(stream, schema, rows):
        add_span(state.spans, name, span)


def _spans(stream: Stream, schema: PayloadSchema, rows: list[StoredRow]) -> Iterable[tuple[Field, Span]]:
    """Give the fields of rows; where a row does not fit the schema of today, it has been another's."""
    payloads = [row.payload for row in rows]
    times_us = {place: to_microseconds(time_of(row.id)) for place, row in enumerate(rows)}
    examined = examine(stream, schema, payloads)
    unfit = {place: times_us.pop(place) for place in examined.refusals}
    yield from spans_of(examined, times_us).items()
    if unfit:
        yield from spans_of(examine(stream, NO_SCHEMA, payloads), unfit).items()


def _correct_day(stream: Stream, state: Recount) -> None:
    if state.day is not None:
        counted = _usage_of(read(SELECT_USAGE, key_of(stream)), state.day)
        if counted != state.of_day:
            tallies.add(key_of(stream), {}, {state.day: state.of_day - counted})


def _usage_of(rows: Iterable[Row], day: Day) -> Usage:
    return next((Usage(*counts) for retention, start, *counts in rows if (retention, start) == day), NOTHING)
