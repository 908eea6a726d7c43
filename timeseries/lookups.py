"""Lookups: a stream's fields by whose values events are found without a range of time, and how they are written. Pure.

Of each event that has the field, each value has a row in the lookup's table, which finds the stream's row and says
nothing else: the stream's row decides. Called by services, which write and fill them, and by selectors.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.errors import InvalidInput
from timeseries.comparisons import typed
from timeseries.paths import FieldName, parse_field

MAX_LOOKUPS = 8
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
MAX_KEYS = 50
MAX_TEXT_BYTES = 200
SEVERAL = "*"  # lists events with more than MAX_KEYS values; each question reads it, too
FIRST_DOUBLE_ONLY = 2**64  # no integer of a payload is as large
# How long processes remember a stream's lookups, and after which all that was begun before a change has ended: waits
# for Cassandra in an append end after 12 s each, and there are three in a row.
LOOKUPS_AGE_S = 10.0
SETTLING = timedelta(seconds=60)


class LookupState(StrEnum):
    """`building`: new events are listed, the others are being listed by a job; `ready`: all are."""

    BUILDING = "building"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Lookup:
    """A declared lookup. `id` changes with each declaration, `done` of `total` partitions are listed by `job`."""

    stream: str
    name: str
    id: UUID
    field: FieldName
    state: LookupState
    declared: datetime
    deleted: datetime | None = None
    job: UUID | None = None
    done: int = 0
    total: int = 0

    @property
    def is_ready(self) -> bool:
        """Tell whether it lists every event."""
        return self.state == LookupState.READY and self.deleted is None

    def is_written(self, now: datetime) -> bool:
        """Tell whether events are listed: also for a while after its deletion, as long as others may still read it."""
        return self.deleted is None or now < self.deleted + SETTLING


def check_lookup_name(name: str) -> str:
    """Return the name. Raises: InvalidInput."""
    if not NAME.fullmatch(name):
        raise InvalidInput("a lookup's name is a small letter, then at most 63 of a-z, 0-9 and _", path="name")
    return name


def check_lookup_field(name: Any) -> FieldName:
    """Return the field that a lookup is by. Raises: InvalidInput for none, and for what has a table already."""
    field = parse_field(name)
    if field.name == "actor":
        raise InvalidInput("events are found by their actor without a lookup: /api/v1/events?actor=", path="field")
    if field.name == "level":
        raise InvalidInput("so few values as levels have would make lists without bound", path="field")
    return field


def key_of(value: Any) -> str | None:
    """Return the text under which a value is listed, one for all that are equal; None for an object.

    It has the mark of the type; of a long text it is the hash.
    """
    mark, plain = typed(value)
    if mark == "object":
        return None
    if mark == "truth":
        return "b:true" if plain else "b:false"
    if mark == "number":
        return f"n:{_canonical(plain)}"
    encoded = plain.encode()
    return f"t:{plain}" if len(encoded) <= MAX_TEXT_BYTES else f"h:{hashlib.sha256(encoded).hexdigest()}"


def listed_keys(values: Iterable[Any]) -> list[str]:
    """Return under which keys an event with these values is listed; none where it has none."""
    keys = {key for value in values if (key := key_of(value)) is not None}
    return [SEVERAL] if len(keys) > MAX_KEYS else sorted(keys)


def _canonical(number: float) -> str:
    if isinstance(number, float) and number.is_integer() and abs(number) < FIRST_DOUBLE_ONLY:
        return str(int(number))
    return repr(number)
