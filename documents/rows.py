"""What this room takes and returns: frozen structures of plain values, never the driver's objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.preconditions import tag_of


class Visibility(StrEnum):
    """Who reads the documents of a collection besides its owner and those who see everything."""

    PRIVATE = "private"
    LINKED = "linked"
    PUBLIC = "public"


class Status(StrEnum):
    """What became of one item; `unknown`: done or not, sending it again is safe."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """A collection as it is declared; `indexes` are dotted paths, `schema` is a JSON Schema (Draft 2020-12)."""

    id: UUID
    name: str
    owner: UUID
    visibility: Visibility
    schema: Mapping[str, Any] | None
    indexes: tuple[str, ...]
    created: datetime
    updated: datetime
    version: int = 1

    @property
    def tag(self) -> str:
        """The tag of this state (`core.preconditions`)."""
        return tag_of(self.version, self.created)


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its envelope, and in `fields` the user's own, as plain values. `id` is the text of its id."""

    id: str
    owner: UUID
    version: int
    created: datetime
    updated: datetime
    fields: dict[str, Any]

    @property
    def tag(self) -> str:
        """The tag of this state (`core.preconditions`)."""
        return tag_of(self.version, self.created)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one item of a batch; `code`, `path` and `reason` say why when it was rejected or is unknown."""

    status: Status
    id: str = ""
    version: int = 0
    code: str = ""
    path: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter: the value at a dotted path, an operator of `conditions.OPERATORS`, and what it is compared with."""

    path: str
    operator: str
    value: Any
