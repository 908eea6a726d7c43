"""What an actor's rows say, held against the streams' rows, which decide. Called by the reading of actors' events.

Under a client's id an event can be replaced. Its stream's row changes as one; rows of actors may be left over from a
failure or from a race. So an actor's event with a client's id is what the stream's row says, and none of the actor's
where that names another. An event without one contains its content in its identity: nothing can disagree, but that
the event was deleted.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from timeseries.declarations import deletions_of
from timeseries.events import Event
from timeseries.placement import stream_partition
from timeseries.session import Request, Row, read_many
from timeseries.statements import STATEMENTS
from timeseries.streams import Stream

IDS_AT_ONCE = 100


def decided_by_streams(
    events: Iterable[Event],
    streams: Mapping[str, Stream],
    timeout_s: float | None = None,
) -> list[Event | None]:
    """Return, in order, what the streams' rows make of actors' events: the event, or None where another actor has it.

    Where the stream's row is not there (half done, or its stream unknown) the event is as the actor's row says, but for
    events of a deletion: then it is deleted, or about to be.

    Raises: StoreUnavailable, StoreTimeout.
    """
    events = list(events)
    gone = _deleted(events, timeout_s)
    doubtful = [event for event in events if event.client_id or event.id in gone]
    rows = stream_rows([event for event in doubtful if event.stream in streams], streams, timeout_s)
    return [_decide(event, rows.get(event.id), is_gone=event.id in gone) for event in events]


def _deleted(events: Iterable[Event], timeout_s: float | None) -> set[UUID]:
    """Return the events that lie in a range of which their stream's events are, or were, deleted."""
    deletions = deletions_of({event.stream for event in events}, timeout_s=timeout_s)
    return {event.id for event in events if any(each.covers(event.id) for each in deletions[event.stream])}


def _decide(event: Event, row: Row | None, *, is_gone: bool) -> Event | None:
    if row is None:
        return None if is_gone else event
    _, actor, kind, level, payload, client_id, _ = row
    if actor != event.actor:
        return None
    return replace(event, kind=kind or None, level=level or None, client_id=client_id or None, payload_json=payload)


def stream_rows(events: Iterable[Event], streams: Mapping[str, Stream], timeout_s: float | None) -> dict[UUID, Row]:
    """Return the streams' rows of events by id, and when each was written. Raises: StoreUnavailable, StoreTimeout."""
    groups: dict[tuple[str, tuple[str, int, int]], list[UUID]] = defaultdict(list)
    for event in events:
        groups[stream_partition(streams[event.stream], event.id, event.time)].append(event.id)
    requests = [
        Request(STATEMENTS[retention].select_stored, (*key, ids[at : at + IDS_AT_ONCE]))
        for (retention, key), ids in groups.items()
        for at in range(0, len(ids), IDS_AT_ONCE)
    ]
    return {row[0]: row for rows in read_many(requests, timeout_s=timeout_s) for row in rows}
