"""Writing a chunk: lists, actors' rows and what goes beside, then the streams' rows, then what may be lost.

The actor's row is written first, then the stream's with the same write time, and a former actor's row goes last. So
the actor that a stream's row names has its row, whatever failed and whoever wrote at once; rows of other actors that
were left over are not shown (`selectors.agreement`). Called by `ingest`.
"""

import logging
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from core.crashes import crash_point
from core.errors import StoreError, TriviumError
from timeseries.batches import MAX_BYTES, MAX_ROWS, Batch
from timeseries.services.beside import Write
from timeseries.services.chunks import Chunk
from timeseries.services.lists import list_writes
from timeseries.services.replacing import Former, find_former, removals
from timeseries.services.rows import RowBatch
from timeseries.services.writers import WRITERS
from timeseries.session import write_batches

logger = logging.getLogger(__name__)

Failures = dict[int, TriviumError]


class _Sent(NamedTuple):
    """A batch, and what it is of: writes, or the places of the events whose rows the C library made."""

    batch: Batch
    writes: Sequence[Write] = ()
    places: Sequence[int] = ()


def write_chunk(chunk: Chunk) -> Failures:
    """Write the rows of a chunk's events; return what went wrong, by the events' places.

    Raises: StoreUnavailable, StoreTimeout when nothing was written.
    """
    failures: Failures = {}
    former = find_former(chunk)
    beside = [write for writer in WRITERS for write in writer.before(chunk)]
    first = [*list_writes(chunk), *beside, *_actor_writes(chunk, former)]
    rows = chunk.actor_rows()
    _send([*_grouped(first), *_serialised(rows.batches() if rows else ())], chunk, failures)
    crash_point("events.actor_rows_written")
    chunk.drop(failures)
    _send([*_grouped(_stream_writes(chunk, former)), *_serialised(chunk.stream_rows())], chunk, failures)
    chunk.drop(failures)
    afterwards = [*removals(chunk, former), *(write for writer in WRITERS for write in writer.after(chunk))]
    _send_afterwards(afterwards, chunk)
    return failures | {place: failures[later] for place, later in former.repeated.items() if later in failures}


def _actor_writes(chunk: Chunk, former: Former) -> Iterator[Write]:
    for place, placement in chunk.placements.items():
        if place not in chunk.dropped and placement.actor_key is not None:
            request = placement.insert_by_actor(former.written_us(place, placement, chunk.written_us))
            yield Write(placement.actor_key[:2], request, (place,), len(placement.event.payload_json))


def _stream_writes(chunk: Chunk, former: Former) -> Iterator[Write]:
    for place, placement in chunk.placements.items():
        if place not in chunk.dropped and not former.is_unchanged(place, placement):
            request = placement.insert_by_stream(former.written_us(place, placement, chunk.written_us))
            yield Write(placement.stream_key, request, (place,), len(placement.event.payload_json))


def _send_afterwards(writes: Sequence[Write], chunk: Chunk) -> None:
    """Write what may be lost; a former actor's row that stays is not shown, so that its event counts as stored."""
    failures: Failures = {}
    try:
        _send(_grouped(writes), chunk, failures)
    except StoreError as error:
        logger.warning("rows of former actors, or beside the events, were lost: %s", error.message)
    for place, failure in failures.items():
        logger.warning(
            "the former actor's row of %s, or what goes beside it, was lost: %s", chunk.id(place), failure.message
        )


def _send(sent: Iterable[_Sent], chunk: Chunk, failures: Failures) -> None:
    sent = list(sent)
    for each, failure in zip(sent, write_batches([each.batch for each in sent]), strict=True):
        if failure is None:
            for write in each.writes:
                write.remember()
            continue
        failures.update(dict.fromkeys(each.places, failure))
        for write in each.writes:
            everything = set(range(len(chunk))) - chunk.rejected.keys()
            failures.update(dict.fromkeys(everything if write.needed_by is None else write.needed_by, failure))


def _grouped(writes: Iterable[Write]) -> Iterator[_Sent]:
    """Group writes of one partition and statement, at most MAX_ROWS of at most MAX_BYTES; without those remembered."""
    groups: dict[Hashable, list[Write]] = defaultdict(list)
    for write in writes:
        if not write.is_remembered():
            groups[write.request.cql, write.partition].append(write)
    for group in groups.values():
        for batch in _cut(group):
            yield _Sent(Batch(batch[0].request.cql, [each.request.values for each in batch]), batch)


def _serialised(rows: Iterable[RowBatch]) -> Iterator[_Sent]:
    return (_Sent(each.batch, places=each.places) for each in rows)


def _cut(group: Sequence[Write]) -> Iterator[list[Write]]:
    batch: list[Write] = []
    size = 0
    for write in group:
        if batch and (len(batch) >= MAX_ROWS or size + write.size > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(write)
        size += write.size
    yield batch
