"""Ids: UUIDv7 for new things, and UUIDv7-shaped ones derived from content, so that writing twice is writing once."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from uuid_utils import compat

from core.times import to_microseconds

MAX_UNIX_MS = (1 << 48) - 1
FIRST_ID, LAST_ID = UUID(int=0), UUID(int=(1 << 128) - 1)


def new_id() -> UUID:
    """Make a UUIDv7: sorts by creation time (milliseconds)."""
    return compat.uuid7()


def id_at(when: datetime) -> UUID:
    """Make a UUIDv7 of a time: sorts by microseconds, as far as 12 bits below the millisecond tell them apart.

    Times before 1970 count as 1970. Source: RFC 9562, 6.2, method 3.
    """
    microseconds = max(to_microseconds(when), 0)
    milliseconds, rest = divmod(microseconds, 1000)
    high, low = (rest << 12) // 1000, secrets.randbits(62)
    return UUID(int=min(milliseconds, MAX_UNIX_MS) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def span_of_ids(when: datetime) -> tuple[UUID, UUID]:
    """Return the least and the greatest id that a thing of this time may have.

    They are those of its millisecond and of the two beside it: `derive_id` reads times as floats, which round.
    """
    milliseconds = to_microseconds(when) // 1000
    least, greatest = (min(max(milliseconds + by, 0), MAX_UNIX_MS) for by in (-1, 1))
    return UUID(int=least << 80), UUID(int=greatest << 80 | (1 << 80) - 1)


def ids_between(start: datetime | None, end: datetime | None) -> tuple[UUID, UUID]:
    """Return the least and the greatest id that a thing from between these times may have; None leaves a side open."""
    return (
        FIRST_ID if start is None else span_of_ids(start)[0],
        LAST_ID if end is None else span_of_ids(end)[1],
    )


def derive_id(when: datetime, *parts: bytes) -> UUID:
    """Derive the one UUIDv7-shaped id of (time, parts): 48 bits of milliseconds, then 74 bits of SHA-256 of the parts.

    Times before 1970 count as 1970. Parts are length-prefixed, so that ("a", "bc") and ("ab", "c") differ.
    Source: RFC 9562, 5.7.
    """
    milliseconds = min(max(int(when.timestamp() * 1000), 0), MAX_UNIX_MS)
    digest = hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()
    noise = int.from_bytes(digest[:10], "big") >> 6
    high, low = noise >> 62, noise & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
