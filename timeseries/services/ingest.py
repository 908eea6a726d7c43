"""Appending events: read, checked and placed in chunks, which `writing` writes to both tables.

Lines of JSON are read by the C library where it is built, else as `events.parse_event` says, which decides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ctypes import CDLL
from typing import Any

import native
from core.deadlines import renewed
from core.errors import InvalidInput, NotFound, PermissionRefused, TooLarge, TriviumError
from core.principals import Principal
from core.strict_json import parse_json
from core.times import now
from timeseries.directory import ActorVersions, actor_versions, find_streams
from timeseries.events import parse_event
from timeseries.placement import place_event
from timeseries.services.appending import (
    Appending,
    AppendSummary,
    Wanted,
    appending,
    refuse_if_nothing_was_done,
    result_of,
    store,
)
from timeseries.services.chunks import AppendResult, Chunk
from timeseries.services.compiled import CompiledEvents
from timeseries.services.frame import MAX_VERSIONS, Frame
from timeseries.services.pieces import whole_lines
from timeseries.session import write_time_us
from timeseries.streams import Stream, is_own, may_see, may_write

MAX_EVENTS = 10_000
Actors = Mapping[str, ActorVersions]


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
    stream = writable_stream(principal, stream_name)
    chunk = Chunk(stream, now(), write_time_us())
    for place, raw in enumerate(events):
        _place(chunk, place, raw, _actors_of(stream))
    failures = store(chunk)
    refuse_if_nothing_was_done(chunk, failures)
    return [result_of(chunk, place, failures) for place in range(len(events))]


def append_lines(
    principal: Principal,
    stream_name: str,
    pieces: Iterable[bytes],
    *,
    wanted: Wanted,
) -> AppendSummary:
    """Store events that come as lines of JSON, any number of them, cut anywhere; what is wrong is rejected by line.

    It is read no faster than it is stored, and some MiB of it at a time. An error of `pieces`, a line that is far too
    long, or a store that fails in the middle ends it: that is the summary's `failure`, and what was stored is stored.

    Raises: NotFound, PermissionRefused; when nothing was stored also Conflict, QuotaExceeded, StoreUnavailable,
    StoreTimeout.
    """
    stream = writable_stream(principal, stream_name)
    with appending(wanted) as work:
        try:
            _append_all(stream, pieces, work)
        except TriviumError as error:
            work.summary.failure = error
        _finish(work)
    if work.summary.failure is not None and not work.summary.lines:
        raise work.summary.failure
    return work.summary


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


def _append_all(stream: Stream, pieces: Iterable[bytes], work: Appending) -> None:
    for lines in whole_lines(pieces):
        for chunk in _chunks(stream, lines):
            work.add(chunk)


def _finish(work: Appending) -> None:
    try:
        work.finish()
    except TriviumError as error:
        work.summary.failure = work.summary.failure or error


def _chunks(stream: Stream, lines: bytes) -> Iterator[Chunk]:
    library = native.library() if len(stream.settings) <= MAX_VERSIONS else None
    while lines:
        with renewed():
            found = _read_portably(stream, lines) if library is None else _read_compiled(library, stream, lines)
        chunk, consumed = found
        yield chunk
        lines = lines[consumed:]


def _read_compiled(library: CDLL, stream: Stream, lines: bytes) -> tuple[Chunk, int]:
    actors, chunk = _actors_of(stream), Chunk(stream, now(), write_time_us())
    chunk.compiled = CompiledEvents(library, Frame(stream, actors, chunk.moment), lines, most=MAX_EVENTS)
    for place, line in chunk.compiled.left:
        _place_line(chunk, place, line, actors)
    return chunk, chunk.compiled.consumed


def _read_portably(stream: Stream, lines: bytes) -> tuple[Chunk, int]:
    actors, chunk = _actors_of(stream), Chunk(stream, now(), write_time_us())
    consumed = 0
    while consumed < len(lines) and len(chunk) < MAX_EVENTS:
        end = lines.find(b"\n", consumed) % (len(lines) + 1)
        _place_line(chunk, len(chunk), lines[consumed:end], actors)
        consumed = end + 1
    return chunk, consumed


def _place_line(chunk: Chunk, place: int, line: bytes, actors: Actors) -> None:
    try:
        raw = parse_json(line)
    except InvalidInput as error:
        chunk.reject(place, error)
    else:
        _place(chunk, place, raw, actors)


def _place(chunk: Chunk, place: int, raw: Any, actors: Actors) -> None:
    try:
        chunk.placements[place] = place_event(chunk.stream, parse_event(raw), actors, chunk.moment)
    except InvalidInput as error:
        chunk.reject(place, error)


def _actors_of(stream: Stream) -> Actors:
    return {settings.retention: actor_versions(settings.retention) for settings in stream.settings}
