"""An event's id: a version 1 UUID made of its time and of SHA-256 of stream and client id. Pure.

The same event sent again has the same id, so that writing twice is writing once. Called by services and selectors.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from core.errors import InvalidInput

GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
TICKS_PER_MICROSECOND = 10
MAX_TICKS = (1 << 60) - 1
LAST_TIME = GREGORIAN + timedelta(microseconds=MAX_TICKS // TICKS_PER_MICROSECOND)

VARIANT = 0b10 << 62
NOT_VARIANT = (1 << 62) - 1
MULTICAST = 1 << 40
LOWEST = 0x8080_8080_8080_8080  # the least low half in Cassandra's order, which compares signed bytes
HIGHEST = 0x7F7F_7F7F_7F7F_7F7F
SIGNED_TO_UNSIGNED = LOWEST


def event_id(stream: str, when: datetime, identity: bytes) -> UUID:
    """Return the one id of (stream, time, identity); `identity` from `of_client_id` or `of_content`.

    60 bits of time in steps of 100 ns, then variant, clock sequence and node from SHA-256, the node's multicast bit
    set (no machine's address). Two different events of one microsecond meet with a chance of 2**-61.

    Raises: InvalidInput for a time that such an id cannot hold.
    Source: RFC 9562, 5.1 and 6.10.
    """
    name = stream.encode()
    digest = hashlib.sha256(len(name).to_bytes(4, "big") + name + identity).digest()
    low = int.from_bytes(digest[:8], "big") & NOT_VARIANT | VARIANT | MULTICAST
    return _join(_ticks(when), low)


def of_client_id(client_id: str) -> bytes:
    """Return the identity that a client's own id gives."""
    return b"\x01" + client_id.encode()


def of_content(*parts: str) -> bytes:
    """Return the identity that an event's content gives, its canonical payload, actor, kind and level."""
    payload, *others = parts
    return b"\x00" + hashlib.sha256(b"".join([_framed(payload), *map(_framed_again, others)])).digest()


def _framed(part: str) -> bytes:
    encoded = part.encode()
    return len(encoded).to_bytes(8, "big") + encoded


# Actors, kinds and levels come again and again.
_framed_again = lru_cache(4096)(_framed)


def time_of(event: UUID) -> datetime:
    """Return the event's time in UTC, to the microsecond."""
    return GREGORIAN + timedelta(microseconds=event.time // TICKS_PER_MICROSECOND)


def lowest_id(when: datetime) -> UUID:
    """Return the least id of that microsecond in Cassandra's order: the bound of a half-open range.

    Times outside what an id holds count as the first or last one.
    """
    return _join(_ticks(min(max(when, GREGORIAN), LAST_TIME)), LOWEST)


def highest_id() -> UUID:
    """Return the greatest id of all in Cassandra's order."""
    return _join(MAX_TICKS, HIGHEST)


def sort_key(event: UUID) -> tuple[int, int]:
    """Return what sorts ids as Cassandra does: by time, then by the low half's bytes as signed numbers."""
    return event.time, (event.int & 0xFFFF_FFFF_FFFF_FFFF) ^ SIGNED_TO_UNSIGNED


def id_of(key: tuple[int, int]) -> UUID:
    """Return the id that `sort_key` sorts so."""
    ticks, low = key
    return _join(ticks, low ^ SIGNED_TO_UNSIGNED)


def _ticks(when: datetime) -> int:
    ticks = (when - GREGORIAN) // MICROSECOND * TICKS_PER_MICROSECOND
    if not 0 <= ticks <= MAX_TICKS:
        raise InvalidInput(f"the time must lie between {GREGORIAN:%Y-%m-%d} and {LAST_TIME:%Y-%m-%d}", path="time")
    return ticks


def _join(ticks: int, low: int) -> UUID:
    time_low, time_mid, time_high = ticks & 0xFFFF_FFFF, ticks >> 32 & 0xFFFF, ticks >> 48
    return UUID(int=time_low << 96 | time_mid << 80 | (0x1000 | time_high) << 64 | low)
