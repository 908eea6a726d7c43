"""Names of an event's fields as conditions, lookups and aggregates write them, and the values that stand there. Pure.

A name is `kind`, `level`, `actor`, `client_id`, or `payload.` and a dotted path into the payload. Called by `filters`,
services and selectors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from core.errors import InvalidInput

COLUMNS = ("kind", "level", "actor", "client_id")
PAYLOAD = "payload"
MAX_PATH_CHARACTERS = 200
FilterRow = Sequence[Any]
"""The columns of COLUMNS as texts (None or empty: absent), then the payload as canonical JSON, text or bytes."""


@dataclass(frozen=True, slots=True)
class FieldName:
    """A field: the place of its column in a FilterRow, and for the payload the steps of its path."""

    name: str
    place: int
    steps: tuple[str, ...] = ()

    @property
    def is_column(self) -> bool:
        """Tell whether it is a column of its own."""
        return not self.steps

    @property
    def column(self) -> str:
        """Return the column of the tables that has it."""
        return COLUMNS[self.place] if self.is_column else PAYLOAD


def parse_field(name: Any, *, path: str = "field") -> FieldName:
    """Read the name of a field. Raises: InvalidInput, whose path is `path`."""
    if name in COLUMNS:
        return FieldName(name, COLUMNS.index(name))
    steps = tuple(name.split("."))[1:] if isinstance(name, str) and name.startswith(f"{PAYLOAD}.") else ()
    if not steps or not all(steps) or len(name) > MAX_PATH_CHARACTERS or not is_storable(name):
        known = ", ".join(COLUMNS)
        raise InvalidInput(
            f"{str(name)[:80]!r} is no field of events: write {known} or payload.<path>, {MAX_PATH_CHARACTERS} "
            "characters at most",
            path=path,
        )
    return FieldName(name, len(COLUMNS), steps)


def values_at(item: Any, steps: Sequence[str]) -> list[Any]:
    """Return what stands at a path: nothing where it is missing or null, each element where it is a list.

    A dot steps into an object; where an object has a key with such a dot in its name, that key is meant. A path goes
    through lists: `lines.sku` has the `sku` of every element.
    """
    if isinstance(item, list):
        return [value for element in item for value in values_at(element, steps)]
    if not steps:
        return [] if item is None else [item]
    if not isinstance(item, dict):
        return []
    for count in range(len(steps), 0, -1):
        key = steps[0] if count == 1 else ".".join(steps[:count])
        if key in item:
            return values_at(item[key], steps[count:])
    return []


def field_values(fields: Sequence[FieldName], row: FilterRow) -> list[list[Any]]:
    """Return the values that a row has in each of the fields; its payload is parsed once, where it is needed."""
    text = row[len(COLUMNS)] if not all(field.is_column for field in fields) else None
    payload = None if text is None else orjson.loads(text)
    return [
        ([row[field.place]] if row[field.place] else []) if field.is_column else values_at(payload, field.steps)
        for field in fields
    ]


def is_storable(text: str) -> bool:
    """Tell whether a payload can hold the text: it has no NUL and no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
