"""Appending events: checked, placed, grouped into one batch per partition, written to both tables (`writing`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import InvalidInput, NotFound, PermissionRefused, StoreUnavailable, TooLarge, TriviumError
from core.principals import Principal
from core.times import now
from timeseries.directory import actor_versions, find_streams
from timeseries.events import parse_event
from timeseries.placement import place_event
from timeseries.services.accounting import count, examine
from timeseries.services.chunks import AppendResult, Chunk
from timeseries.services.writing import write_chunk
from timeseries.session import write_time_us
from timeseries.streams import Stream, is_own, may_see, may_write

MAX_EVENTS = 10_000


def append_events(
    principal: Principal,
    stream_name: str,
    events: Sequence[Mapping[str, Any]],
) -> list[AppendResult]:
    """Store events (see `events.parse_event`), at most MAX_EVENTS; one result per event, in their order.

    An event sent again changes nothing; another content under its identity replaces it. Of two events of one call
    with one identity the later stays. `stored`: both tables have it at the configured consistency.

    Raises: NotFound, PermissionRefused, TooLarge, StoreTimeout; Conflict while the stream is being deleted,
    QuotaExceeded; StoreUnavailable when nothing was stored.
    """
    if len(events) > MAX_EVENTS:
        raise TooLarge(f"{len(events)} events in one call; at most {MAX_EVENTS}", path="events")
    chunk = _place(writable_stream(principal, stream_name), events)
    examine(chunk)
    failures = write_chunk(chunk)
    _refuse_if_nothing_was_done(chunk, failures)
    count(chunk, failures)
    return [_result(chunk, place, failures.get(place)) for place in range(len(events))]


def writable_stream(principal: Principal, name: str) -> Stream:
    """Return the stream if the principal may append to it. Raises: NotFound, PermissionRefused."""
    stream = find_streams([name]).get(name)
    if stream is None or not may_see(principal, stream):
        raise NotFound(f"no stream {name[:128]!r}")
    if not may_write(principal, stream):
        if is_own(stream):
            raise PermissionRefused(f"the stream {name!r} is kept by Trivium itself")
        raise PermissionRefused(f"the stream {name!r} takes events from its owner and writers only")
    return stream


def _place(stream: Stream, events: Sequence[Mapping[str, Any]]) -> Chunk:
    actors = {settings.retention: actor_versions(settings.retention) for settings in stream.settings}
    chunk = Chunk(stream, now(), write_time_us())
    for place, raw in enumerate(events):
        try:
            chunk.placements[place] = place_event(stream, parse_event(raw), actors, chunk.moment)
        except InvalidInput as error:
            chunk.rejected[place] = AppendResult("rejected", None, error.code, error.message, error.path)
    return chunk


def _refuse_if_nothing_was_done(chunk: Chunk, failures: Mapping[int, TriviumError]) -> None:
    if chunk.placements and sum(isinstance(each, StoreUnavailable) for each in failures.values()) == len(
        chunk.placements
    ):
        raise next(iter(failures.values()))


def _result(chunk: Chunk, place: int, failure: TriviumError | None) -> AppendResult:
    if place in chunk.rejected:
        return chunk.rejected[place]
    if failure is None:
        return AppendResult("stored", chunk.placements[place].id)
    return AppendResult("unknown", chunk.placements[place].id, failure.code, failure.message)
