"""What a reader yields: a record with its number, or a rejection that says why not. Called by all of this room."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file: `number` is its first line (or its ordinal in BSON and JSON arrays), from 1."""

    number: int
    fields: Mapping[str, Any]
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rejection:
    """One line or record that cannot be loaded: `reason` says what is wrong and, where there is one, the remedy.

    With `ends_input` nothing from here on could be read.
    """

    number: int
    reason: str
    raw: bytes = field(repr=False)
    ends_input: bool = False


Outcomes: TypeAlias = Iterator[Record | Rejection]
