"""Writing a chunk: lists, actors' rows and what goes beside, then the streams' rows, then what may be lost.

The actor's row is written first, then the stream's with the same write time, and a former actor's row goes last. So
the actor that a stream's row names has its row, whatever failed and whoever wrote at once; rows of other actors that
were left over are not shown (`selectors.agreement`). Called by `ingest`.
"""

import logging
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from core.crashes import crash_point
from core.errors import StoreError, TriviumError
from timeseries.directory import actor_versions
from timeseries.memory import Memory
from timeseries.placement import Placement, place_actor
from timeseries.retention import retention_class
from timeseries.services.beside import Write
from timeseries.services.chunks import Chunk
from timeseries.services.writers import WRITERS
from timeseries.session import Batch, Request, Row, read_many, write_batches
from timeseries.statements import STATEMENTS

logger = logging.getLogger(__name__)

BATCH_ROWS = 100
BATCH_BYTES = 256 * 1024
# A bucket is listed again after this time, so that a lost list (TRUNCATE, restore) heals while events still arrive.
LISTED_AGE_S = 600.0
_listed: Memory[bool] = Memory(max_entries=200_000, max_age_s=LISTED_AGE_S)

Failures = dict[int, TriviumError]
Placed = Mapping[int, Placement]


class _Stored(NamedTuple):
    """A stream's row as it is stored, and when it was written (microseconds since 1970)."""

    row: Row
    written_us: int

    @property
    def actor(self) -> str:
        """Whom it names; empty for nobody."""
        return str(self.row[1])


def write_chunk(chunk: Chunk) -> Failures:
    """Write the rows of a chunk's events; return what went wrong, by the events' places.

    Raises: StoreUnavailable, StoreTimeout when nothing was written.
    """
    latest = {placement.id: place for place, placement in chunk.events()}
    placed = {place: chunk.placements[place] for place in latest.values()}
    stored = _stored_rows([placement for placement in placed.values() if placement.event.client_id])
    written_us = _write_times(chunk, placed, stored)
    fresh = {place: each for place, each in placed.items() if not _is_stored(each, stored)}
    failures: Failures = {}
    beside = [write for writer in WRITERS for write in writer.before(chunk)]
    _write([*_list_writes(placed), *beside, *_actor_writes(placed, written_us)], chunk, failures)
    crash_point("events.actor_rows_written")
    _write(
        [_stream_write(place, each, written_us) for place, each in fresh.items() if place not in failures],
        chunk,
        failures,
    )
    removals = [each for each in _removals(fresh, stored) if failures.keys().isdisjoint(each.needed_by or ())]
    _write_afterwards([*removals, *(write for writer in WRITERS for write in writer.after(chunk))], chunk)
    return {place: failures[at] for place, each in chunk.events() if (at := latest[each.id]) in failures}


def _is_stored(placement: Placement, stored: Mapping[UUID, _Stored]) -> bool:
    return placement.id in stored and stored[placement.id].row == placement.row


def _write_times(chunk: Chunk, placed: Placed, stored: Mapping[UUID, _Stored]) -> dict[int, int]:
    """Return when each event's rows count as written: an equal one's as they are, another's after what it replaces."""
    times = dict.fromkeys(placed, chunk.written_us)
    for place, placement in placed.items():
        if placement.id in stored:
            former_us = stored[placement.id].written_us
            times[place] = former_us if _is_stored(placement, stored) else max(chunk.written_us, former_us + 1)
    return times


def _stored_rows(placements: Sequence[Placement]) -> dict[UUID, _Stored]:
    """Read what is stored under the clients' own ids: only there can content, and so the actor, have changed."""
    groups: dict[tuple[str, tuple[str, int, int]], list[UUID]] = defaultdict(list)
    for placement in placements:
        groups[placement.retention, placement.stream_key].append(placement.id)
    requests = [
        Request(STATEMENTS[retention].select_stored, (*key, ids[at : at + BATCH_ROWS]))
        for (retention, key), ids in groups.items()
        for at in range(0, len(ids), BATCH_ROWS)
    ]
    return {row[0]: _Stored(tuple(row[:-1]), row[-1]) for rows in read_many(requests) for row in rows}


def _list_writes(placed: Placed) -> list[Write]:
    needed: dict[Hashable, list[int]] = defaultdict(list)
    requests: dict[Hashable, Request] = {}
    for place, placement in placed.items():
        for row, request in placement.list_rows.items():
            requests[row] = request
            needed[row].append(place)
    return [
        Write(("list", request.values[0]), request, needed[row], memory=_listed, remembered=row)
        for row, request in requests.items()
    ]


def _actor_writes(placed: Placed, written_us: Mapping[int, int]) -> list[Write]:
    writes = []
    for place, placement in placed.items():
        if placement.actor_key is not None:
            partition = ("actor", placement.retention, *placement.actor_key[:2])
            request = placement.insert_by_actor(written_us[place])
            writes.append(Write(partition, request, (place,), len(placement.event.payload_json)))
    return writes


def _stream_write(place: int, placement: Placement, written_us: Mapping[int, int]) -> Write:
    partition = ("stream", placement.retention, *placement.stream_key)
    request = placement.insert_by_stream(written_us[place])
    return Write(partition, request, (place,), len(placement.event.payload_json))


def _removals(placed: Placed, stored: Mapping[UUID, _Stored]) -> list[Write]:
    """Remove what the replaced rows' actors have, as of those rows' writing: what was written later stays."""
    writes = []
    for place, placement in placed.items():
        former = stored.get(placement.id)
        if former is not None and former.actor not in ("", placement.event.actor):
            versions = actor_versions(placement.retention)
            retention = retention_class(placement.retention)
            key, _, _ = place_actor(retention, former.actor, placement.event.time, versions)
            request = Request(STATEMENTS[retention.name].delete_by_actor, (former.written_us, *key, placement.id))
            writes.append(Write(("actor", retention.name, *key[:2]), request, (place,)))
    return writes


def _write_afterwards(writes: Sequence[Write], chunk: Chunk) -> None:
    """Write what may be lost; a former actor's row that stays is not shown, so that its event counts as stored."""
    failures: Failures = {}
    try:
        _write(writes, chunk, failures)
    except StoreError as error:
        logger.warning("rows of former actors, or beside the events, were lost: %s", error.message)
    for place, failure in failures.items():
        identity = chunk.placements[place].id
        logger.warning("the former actor's row of %s, or what goes beside it, was lost: %s", identity, failure.message)


def _write(writes: Iterable[Write], chunk: Chunk, failures: Failures) -> None:
    batches = list(_batches(write for write in writes if not write.is_remembered()))
    outcomes = write_batches(
        [Batch(batch[0].request.cql, [each.request.values for each in batch]) for batch in batches]
    )
    for batch, failure in zip(batches, outcomes, strict=True):
        for write in batch:
            if failure is not None:
                needed_by = chunk.placements if write.needed_by is None else write.needed_by
                failures.update(dict.fromkeys(needed_by, failure))
            else:
                write.remember()


def _batches(writes: Iterable[Write]) -> Iterator[list[Write]]:
    """Group writes of one partition and statement, at most BATCH_ROWS of at most BATCH_BYTES."""
    groups: dict[Hashable, list[Write]] = defaultdict(list)
    for write in writes:
        groups[write.request.cql, write.partition].append(write)
    for group in groups.values():
        batch: list[Write] = []
        size = 0
        for write in group:
            if batch and (len(batch) >= BATCH_ROWS or size + write.size > BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(write)
            size += write.size
        yield batch
