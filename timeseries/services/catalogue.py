# ruff: noqa: S608 - the rows' key is a constant, every value is bound
"""The catalogue of fields as events come: new ones are written before the events' rows, counts are added up later.

Called by the appending of events, once a chunk.
"""

from collections.abc import Hashable, Iterable, Mapping

from timeseries.batches import Batch
from timeseries.fields import LEFT_OUT, MAX_FIELDS, SELECT_FIELDS, Span, Spans, StreamKey
from timeseries.memory import Memory
from timeseries.services.conformity import Examined
from timeseries.session import Request, keyspace, read
from timeseries.shapes import Field

KNOWN_AGE_S = 600.0
BATCH_ROWS = 100
# The write time is the event's own: of all that is written the latest last one stays, and the earliest first one.
_KEY = "stream = ? AND made = ? AND field = ? AND type = ?"
SET_LAST = f"UPDATE fields_by_stream USING TIMESTAMP ? SET last_us = ? WHERE {_KEY}"
SET_FIRST = f"UPDATE fields_by_stream USING TIMESTAMP ? SET first_us = ? WHERE {_KEY}"


_known: Memory[set[Field]] = Memory(max_entries=2_000, max_age_s=KNOWN_AGE_S)


def spans_of(examined: Examined, times_us: Mapping[int, int]) -> dict[Field, Span]:
    """Return each field with the events that have it; `times_us` are the times of those that count, by place."""
    by_shape: dict[Hashable, Span] = {}
    shapes = examined.shapes
    for place, time_us in times_us.items():
        span = by_shape.get(shapes[place])
        if span is None:
            by_shape[shapes[place]] = Span(1, time_us, time_us)
            continue
        span.events += 1
        if time_us > span.last_us:
            span.last_us = time_us
        elif time_us < span.first_us:
            span.first_us = time_us
    spans: dict[Field, Span] = {}
    for shape, span in by_shape.items():
        for field in examined.verdicts[shape].fields:
            add_span(spans, field, span)
    return spans


def add_span(spans: dict[Field, Span], field: Field, span: Span) -> None:
    """Take a field's events in."""
    if field in spans:
        spans[field].extend(span)
    else:
        spans[field] = Span(span.events, span.first_us, span.last_us)


def known_fields(life: StreamKey) -> set[Field]:
    """Return the fields that are known to be catalogued, read anew every KNOWN_AGE_S seconds; changed in place.

    Raises: StoreUnavailable, StoreTimeout.
    """
    known = _known.recall((keyspace(), life))
    if known is None:
        known = {(path, kind) for path, kind, *_ in read(SELECT_FIELDS, life)}
        _known.keep((keyspace(), life), known)
    return known


def admitted(known: set[Field], spans: Spans) -> dict[Field, Span]:
    """Return the fields that the catalogue has or has room for; what it has not is counted under LEFT_OUT."""
    if len(known) + len(spans) <= MAX_FIELDS or known >= spans.keys():
        return dict(spans)
    kept: dict[Field, Span] = {}
    room = MAX_FIELDS - len(known)
    for field, span in spans.items():
        is_new = field not in known
        add_span(kept, LEFT_OUT if is_new and room <= 0 else field, span)
        room -= is_new
    return kept


def rows_of(life: StreamKey, spans: Spans) -> Iterable[Request]:
    """Give the writes that catalogue fields, or extend their spans; they may come in any order, and again."""
    for batch in batches_of(life, spans):
        for values in batch.values:
            yield Request(batch.cql, values)


def batches_of(life: StreamKey, spans: Spans) -> list[Batch]:
    """Return the same in batches."""
    kept = [(field, span) for field, span in spans.items() if field != LEFT_OUT]
    batches = []
    for at in range(0, len(kept), BATCH_ROWS):
        some = kept[at : at + BATCH_ROWS]
        batches.append(Batch(SET_LAST, [(span.last_us, span.last_us, *life, *field) for field, span in some]))
        batches.append(Batch(SET_FIRST, [(-span.first_us, span.first_us, *life, *field) for field, span in some]))
    return batches
