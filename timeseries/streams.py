"""What a stream is, its dated settings, and who may read and write it. Pure; called by services and selectors."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core.errors import InvalidInput
from core.principals import SYSTEM_ID, Principal
from timeseries.partitions import Layout

MAX_NAME_CHARACTERS = 128
STREAM_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:-]{{0,{MAX_NAME_CHARACTERS - 1}}}")


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """What holds for a stream's events from a UTC day on: retention class, expected peak (events a second), layout."""

    valid_from: date
    retention: str
    peak_rate: float
    layout: Layout


@dataclass(frozen=True, slots=True)
class ActorSettings:
    """How the events that name an actor are laid out from a UTC day on; `layout.shards` are lanes, 0 for its own."""

    valid_from: date
    layout: Layout


@dataclass(frozen=True, slots=True)
class Stream:
    """A named event log; `settings` are sorted by day, the first valid from the beginning of time."""

    name: str
    owner: UUID
    readers: frozenset[UUID]
    writers: frozenset[UUID]
    actor_may_read: bool
    created: datetime
    settings: tuple[StreamSettings, ...]


def is_own(stream: Stream) -> bool:
    """Tell whether Trivium itself keeps the stream: then nobody else writes or changes it, whoever its writers are."""
    return stream.owner == SYSTEM_ID


def may_read(principal: Principal, stream: Stream) -> bool:
    """Tell whether the principal reads all of the stream."""
    return principal.reads_of(stream.owner) or not principal.owner_ids.isdisjoint(stream.readers)


def may_write(principal: Principal, stream: Stream) -> bool:
    """Tell whether the principal may append events."""
    if is_own(stream):
        return may_change(principal, stream)
    return may_change(principal, stream) or not principal.owner_ids.isdisjoint(stream.writers)


def may_change(principal: Principal, stream: Stream) -> bool:
    """Tell whether the principal may change who reads and writes, and the settings."""
    return principal.writes_of(stream.owner)


def may_see(principal: Principal, stream: Stream) -> bool:
    """Tell whether the principal may know that the stream is there."""
    return may_read(principal, stream) or may_write(principal, stream)


def is_stream_name(name: str) -> bool:
    """Tell whether a stream can have this name."""
    return isinstance(name, str) and STREAM_NAME.fullmatch(name) is not None


def check_stream_name(name: str) -> str:
    """Return the name. Raises: InvalidInput."""
    if not is_stream_name(name):
        raise InvalidInput(
            f"a stream's name is a letter or digit, then at most {MAX_NAME_CHARACTERS - 1} letters, digits, "
            "'.', '_', ':' or '-'",
            path="name",
        )
    return name
