"""How much streams hold: events and payload bytes counted by class and UTC day, and what an owner may hold.

A day whose events have all expired drops out by itself. Called by services and selectors.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings

from core.principals import SYSTEM_ID
from core.times import now
from timeseries.fields import StreamKey
from timeseries.memory import Memory
from timeseries.partitions import DAY_S, bucket_end
from timeseries.retention import CLASSES
from timeseries.session import Request, keyspace, read, read_many

Day = tuple[str, int]
"""A retention class, and a UTC day's start in seconds since 1970."""
REMEMBERED_S = 5.0
SCAN_PAGE = 500
UNLIMITED = 0
SELECT_USAGE = "SELECT retention, day, events, payload_bytes FROM usage_by_stream WHERE stream = ? AND made = ?"
SELECT_LIMIT = "SELECT payload_bytes FROM usage_limits WHERE owner = ?"
SELECT_OWNERS = "SELECT name, created, owner FROM streams WHERE directory = 0 AND name > ? LIMIT ?"


@dataclass(frozen=True, slots=True)
class Usage:
    """Events and bytes of their payloads, as counted when they were appended."""

    events: int = 0
    payload_bytes: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.events + other.events, self.payload_bytes + other.payload_bytes)

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(self.events - other.events, self.payload_bytes - other.payload_bytes)


@dataclass(frozen=True, slots=True)
class OwnerUsage:
    """What an owner's streams hold together, and how many payload bytes they may; 0 for as many as there are."""

    owner: UUID
    streams: int
    usage: Usage
    limit_bytes: int


_of_owners: Memory[OwnerUsage] = Memory(max_entries=10_000, max_age_s=REMEMBERED_S)
_limits: Memory[int] = Memory(max_entries=10_000, max_age_s=REMEMBERED_S)


def usage_by_day(life: StreamKey) -> dict[Day, Usage]:
    """Return a stream's usage by class and day, without what has expired. Raises: StoreUnavailable, StoreTimeout."""
    return _by_day(read(SELECT_USAGE, life))


def usage_of_owners(owners: Iterable[UUID]) -> dict[UUID, OwnerUsage]:
    """Return what each owner's streams hold now; every stream's row is looked at.

    Raises: StoreUnavailable, StoreTimeout.
    """
    lives = _lives_of(frozenset(owners))
    found = {}
    for owner, streams in lives.items():
        days = read_many([Request(SELECT_USAGE, life) for life in streams]) if streams else []
        total = sum((usage for rows in days for usage in _by_day(rows).values()), Usage())
        found[owner] = OwnerUsage(owner, len(streams), total, limit_of(owner))
        _of_owners.keep((keyspace(), owner), found[owner])
    return found


def remembered_usage(owner: UUID) -> OwnerUsage:
    """Return what the owner's streams held at most REMEMBERED_S seconds ago. Raises: StoreUnavailable, StoreTimeout."""
    return _of_owners.recall((keyspace(), owner)) or usage_of_owners([owner])[owner]


def forget_usage(owner: UUID) -> None:
    """Let the next look ask Cassandra."""
    _of_owners.forget((keyspace(), owner))
    _limits.forget((keyspace(), owner))


def limit_of(owner: UUID) -> int:
    """Return how many payload bytes an owner may hold: its own limit, or everybody's; UNLIMITED for any.

    Raises: StoreUnavailable, StoreTimeout.
    """
    if owner == SYSTEM_ID:
        return UNLIMITED
    own = read(SELECT_LIMIT, (owner,))
    return int(own[0][0] if own else settings.EVENTS_BYTES_PER_OWNER)  # type: ignore[misc]  # mypy does not see split settings


def remembered_limit(owner: UUID) -> int:
    """Return the owner's limit as it was at most REMEMBERED_S seconds ago. Raises: StoreUnavailable, StoreTimeout."""
    limit = _limits.recall((keyspace(), owner))
    if limit is None:
        limit = limit_of(owner)
        _limits.keep((keyspace(), owner), limit)
    return limit


def has_expired(day: Day, moment: datetime) -> bool:
    """Tell whether every event of the day has expired."""
    retention, start = day
    expiry = CLASSES[retention].expiry_of(bucket_end(start, DAY_S))
    return expiry is not None and expiry <= moment


def _by_day(rows: Iterable[tuple[str, int, int, int]]) -> dict[Day, Usage]:
    moment = now()
    return {
        (retention, day): Usage(events, payload_bytes)
        for retention, day, events, payload_bytes in rows
        if not has_expired((retention, day), moment)
    }


def _lives_of(owners: frozenset[UUID]) -> Mapping[UUID, list[StreamKey]]:
    found: dict[UUID, list[StreamKey]] = defaultdict(list, {owner: [] for owner in owners})
    after = ""
    while rows := read(SELECT_OWNERS, (after, SCAN_PAGE)):
        for name, created, owner in rows:
            if owner in owners:
                found[owner].append((name, created.replace(tzinfo=UTC)))
        after = rows[-1][0]
    return found
