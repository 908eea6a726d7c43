"""Appending events: checked, placed, grouped into one batch per partition, written to both tables.

The actor's row is written first, then the stream's with the same write time, and a former actor's row goes last. So
the actor that a stream's row names has its row, whatever failed and whoever wrote at once; rows of other actors that
were left over are not shown (`selectors.agreement`).
"""

import logging
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from uuid import UUID

from core.crashes import crash_point
from core.errors import InvalidInput, NotFound, PermissionRefused, StoreError, StoreUnavailable, TooLarge, TriviumError
from core.principals import Principal
from core.times import now
from timeseries.directory import actor_versions, find_streams
from timeseries.events import parse_event
from timeseries.memory import Memory
from timeseries.placement import Placement, place_actor, place_event
from timeseries.retention import retention_class
from timeseries.session import Request, Row, keyspace, read_many, write_batches, write_time_us
from timeseries.statements import STATEMENTS
from timeseries.streams import Stream, is_own, may_see, may_write

logger = logging.getLogger(__name__)

MAX_EVENTS = 10_000
BATCH_ROWS = 100
BATCH_BYTES = 256 * 1024
# A bucket is listed again after this time, so that a lost list (TRUNCATE, restore) heals while events still arrive.
LISTED_AGE_S = 600.0
_listed: Memory[bool] = Memory(max_entries=200_000, max_age_s=LISTED_AGE_S)

Partition = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class AppendResult:
    """What became of one event: `stored` under `id`; `rejected`, or `unknown` (send it again), with code and reason."""

    status: Literal["stored", "rejected", "unknown"]
    id: UUID | None = None
    code: str = ""
    reason: str = ""
    path: str = ""


def append_events(
    principal: Principal,
    stream_name: str,
    events: Sequence[Mapping[str, Any]],
) -> list[AppendResult]:
    """Store events (see `events.parse_event`), at most MAX_EVENTS; one result per event, in their order.

    An event sent again changes nothing; another content under its identity replaces it. Of two events of one call
    with one identity the later stays. `stored`: both tables have it at the configured consistency.

    Raises: NotFound, PermissionRefused, TooLarge, StoreTimeout; StoreUnavailable when nothing was stored.
    """
    if len(events) > MAX_EVENTS:
        raise TooLarge(f"{len(events)} events in one call; at most {MAX_EVENTS}", path="events")
    stream = _writable_stream(principal, stream_name)
    placements, results = _place(stream, events)
    latest = {placement.id: placement for placement in placements.values()}
    outcomes = _store(list(latest.values()))
    for index, placement in placements.items():
        results[index] = outcomes[placement.id]
    return [results[index] for index in range(len(events))]


def _writable_stream(principal: Principal, name: str) -> Stream:
    stream = find_streams([name]).get(name)
    if stream is None or not may_see(principal, stream):
        raise NotFound(f"no stream {name[:128]!r}")
    if not may_write(principal, stream):
        if is_own(stream):
            raise PermissionRefused(f"the stream {name!r} is kept by Trivium itself")
        raise PermissionRefused(f"the stream {name!r} takes events from its owner and writers only")
    return stream


def _place(
    stream: Stream,
    events: Sequence[Mapping[str, Any]],
) -> tuple[dict[int, Placement], dict[int, AppendResult]]:
    actors = {settings.retention: actor_versions(settings.retention) for settings in stream.settings}
    moment = now()
    placements, results = {}, {}
    for index, raw in enumerate(events):
        try:
            placements[index] = place_event(stream, parse_event(raw), actors, moment)
        except InvalidInput as error:
            results[index] = AppendResult("rejected", None, error.code, error.message, error.path)
    return placements, results


def _store(placements: Sequence[Placement]) -> dict[UUID, AppendResult]:
    stored = _stored_rows([placement for placement in placements if placement.event.client_id])
    written_us = _write_times(placements, stored)
    fresh = [placement for placement in placements if not _is_stored(placement, stored)]
    removals = _removals(fresh, stored)
    failures: dict[UUID, TriviumError] = {}
    _write([*_list_writes(placements), *_actor_writes(placements, written_us)], failures)
    crash_point("events.actor_rows_written")
    _write([_stream_write(each, written_us) for each in fresh if each.id not in failures], failures)
    _remove([removal for removal in removals if failures.keys().isdisjoint(removal.needed_by)])
    if placements and sum(isinstance(failure, StoreUnavailable) for failure in failures.values()) == len(placements):
        raise next(iter(failures.values()))
    return {placement.id: _result(placement, failures.get(placement.id)) for placement in placements}


@dataclass(frozen=True, slots=True)
class _Write:
    """A request, the partition it goes to, and the events that need it."""

    partition: Partition
    request: Request
    needed_by: tuple[UUID, ...]
    size: int = 0
    listed: Hashable = None


class _Stored(NamedTuple):
    """A stream's row as it is stored, and when it was written (microseconds since 1970)."""

    row: Row
    written_us: int

    @property
    def actor(self) -> str:
        """Whom it names; empty for nobody."""
        return str(self.row[1])


def _is_stored(placement: Placement, stored: Mapping[UUID, _Stored]) -> bool:
    return placement.id in stored and stored[placement.id].row == placement.row


def _write_times(placements: Iterable[Placement], stored: Mapping[UUID, _Stored]) -> dict[UUID, int]:
    """Return when each event's rows count as written: an equal one's as they are, another's after what it replaces."""
    present_us = write_time_us()
    times = {}
    for placement in placements:
        times[placement.id] = present_us
        if placement.id in stored:
            former_us = stored[placement.id].written_us
            times[placement.id] = former_us if _is_stored(placement, stored) else max(present_us, former_us + 1)
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


def _list_writes(placements: Iterable[Placement]) -> list[_Write]:
    needed: dict[Hashable, list[UUID]] = defaultdict(list)
    requests: dict[Hashable, Request] = {}
    for placement in placements:
        for row, request in placement.list_rows.items():
            key = (keyspace(), row)
            if not _listed.recall(key):
                requests[key] = request
                needed[key].append(placement.id)
    return [
        _Write(("list", request.cql, request.values[0]), request, tuple(needed[key]), listed=key)
        for key, request in requests.items()
    ]


def _actor_writes(placements: Iterable[Placement], written_us: Mapping[UUID, int]) -> list[_Write]:
    writes = []
    for placement in placements:
        if placement.actor_key is not None:
            partition = ("actor", placement.retention, *placement.actor_key[:2])
            request = placement.insert_by_actor(written_us[placement.id])
            writes.append(_Write(partition, request, (placement.id,), len(placement.event.payload_json)))
    return writes


def _stream_write(placement: Placement, written_us: Mapping[UUID, int]) -> _Write:
    partition = ("stream", placement.retention, *placement.stream_key)
    request = placement.insert_by_stream(written_us[placement.id])
    return _Write(partition, request, (placement.id,), len(placement.event.payload_json))


def _removals(placements: Iterable[Placement], stored: Mapping[UUID, _Stored]) -> list[_Write]:
    """Remove what the replaced rows' actors have, as of those rows' writing: what was written later stays."""
    writes = []
    for placement in placements:
        former = stored.get(placement.id)
        if former is not None and former.actor not in ("", placement.event.actor):
            versions = actor_versions(placement.retention)
            retention = retention_class(placement.retention)
            key, _, _ = place_actor(retention, former.actor, placement.event.time, versions)
            request = Request(STATEMENTS[retention.name].delete_by_actor, (former.written_us, *key, placement.id))
            writes.append(_Write(("actor", retention.name, *key[:2]), request, (placement.id,)))
    return writes


def _remove(removals: Iterable[_Write]) -> None:
    """Remove former actors' rows; one that stays is not shown, so that its event counts as stored all the same."""
    failures: dict[UUID, TriviumError] = {}
    try:
        _write(removals, failures)
    except StoreError as error:
        logger.warning("rows of former actors stay: %s", error.message)
    for event, failure in failures.items():
        logger.warning("the former actor's row of %s stays: %s", event, failure.message)


def _write(writes: Iterable[_Write], failures: dict[UUID, TriviumError]) -> None:
    batches = list(_batches(writes))
    outcomes = write_batches([[write.request for write in batch] for batch in batches])
    for batch, failure in zip(batches, outcomes, strict=True):
        for write in batch:
            if failure is not None:
                failures.update(dict.fromkeys(write.needed_by, failure))
            elif write.listed is not None:
                _listed.keep(write.listed, value=True)


def _batches(writes: Iterable[_Write]) -> Iterable[list[_Write]]:
    groups: dict[Partition, list[_Write]] = defaultdict(list)
    for write in writes:
        groups[write.partition].append(write)
    for group in groups.values():
        batch: list[_Write] = []
        size = 0
        for write in group:
            if batch and (len(batch) >= BATCH_ROWS or size + write.size > BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(write)
            size += write.size
        yield batch


def _result(placement: Placement, failure: TriviumError | None) -> AppendResult:
    if failure is None:
        return AppendResult("stored", placement.id)
    return AppendResult("unknown", placement.id, failure.code, failure.message)
