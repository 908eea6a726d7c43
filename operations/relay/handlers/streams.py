"""Appending to streams of Trivium's own, made when they are missing. Called by handlers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import Conflict, NotFound
from core.principals import SYSTEM
from operations.relay.outcomes import DELIVERED, Outcome, outcome_of_code
from timeseries import selectors, services


@dataclass(frozen=True, slots=True)
class OwnStream:
    """A stream that the outbox feeds."""

    name: str
    actor_may_read: bool
    retention: str = "forever"
    peak_rate: float = 200.0


def append_each(stream: OwnStream, events: Mapping[int, Mapping[str, Any]]) -> dict[int, Outcome]:
    """Append events and return the outcome of each, by the same ids.

    Raises: StoreError; Conflict when somebody else has a stream of that name.
    """
    if not events:
        return {}
    _require_own(stream)
    results = services.append_events(SYSTEM, stream.name, list(events.values()))
    return {message: _outcome(result) for message, result in zip(events, results, strict=True)}


def _outcome(result: services.AppendResult) -> Outcome:
    return DELIVERED if result.status == "stored" else outcome_of_code(result.code, result.reason)


def _require_own(stream: OwnStream) -> None:
    try:
        found = selectors.stream_by_name(SYSTEM, stream.name)
    except NotFound:
        found = _make(stream)
    if found.owner != SYSTEM.user_id:
        raise Conflict(f"the stream {stream.name!r} belongs to {found.owner}: nothing of others is written there")


def _make(stream: OwnStream) -> Any:
    try:
        return services.create_stream(
            SYSTEM,
            name=stream.name,
            retention=stream.retention,
            peak_rate=stream.peak_rate,
            actor_may_read=stream.actor_may_read,
        )
    except Conflict:  # another relay made it in the meantime
        return selectors.stream_by_name(SYSTEM, stream.name)
