"""Columns of what is written: those of events, typed fields of the payload, and computed ones. Pure.

Called by the encoders and `exports/`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from core.errors import InvalidInput
from native.rows import Kind

if TYPE_CHECKING:
    from formats.page_values import PageValues

PAYLOAD_PREFIX = "payload."
Compute = Callable[["PageValues"], Sequence[Any]]


class Type(StrEnum):
    """What a column holds. ID (as text), UUID (16 bytes) and JSON are of event columns only."""

    TEXT = "text"
    INT64 = "int64"
    DOUBLE = "double"
    BOOL = "bool"
    TIMESTAMP = "timestamp"
    ID = "id"
    UUID = "uuid"
    JSON = "json"


VALUE_TYPES = (Type.TEXT, Type.INT64, Type.DOUBLE, Type.BOOL, Type.TIMESTAMP)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: of the event's own `cell` in a page's body, a field of the payload at `steps`, or computed.

    `needs` are the columns of events that a scan must read for it.
    """

    name: str
    type: Type
    needs: tuple[str, ...]
    cell: str = ""
    kind: Kind = Kind.PLAIN
    steps: tuple[str, ...] = ()
    compute: Compute | None = None


def _event(name: str, kind: Kind, column_type: Type = Type.TEXT, *, cell: str = "") -> Column:
    return Column(name, column_type, (name,), cell or name, kind)


EVENT_COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        column.name: column
        for column in (
            _event("id", Kind.ID, Type.ID),
            _event("stream", Kind.TEXT),
            _event("time", Kind.TIME_OF_ID, Type.TIMESTAMP, cell="id"),
            _event("actor", Kind.OPTIONAL),
            _event("kind", Kind.OPTIONAL),
            _event("level", Kind.OPTIONAL),
            _event("client_id", Kind.OPTIONAL),
            _event("payload", Kind.RAW, Type.JSON),
            _event("written", Kind.MICROSECONDS, Type.TIMESTAMP),
            _event("ttl_s", Kind.INTEGER, Type.INT64),
        )
    },
)
USUAL = ("id", "stream", "time", "actor", "kind", "level", "client_id", "payload")


def columns_of(names: Sequence[str] = USUAL, *, types: Mapping[str, str] = MappingProxyType({})) -> tuple[Column, ...]:
    """Return the columns of those names: of events, or `payload.<path>`, whose type is in `types` (text unless said).

    `types` may also say `uuid` for `id`: 16 bytes in Parquet and Arrow.

    Raises: InvalidInput for a name or type that there is not, or a name twice.
    """
    if not names or len(set(names)) < len(names):
        raise InvalidInput("columns are named once each, and there is at least one", path="columns")
    return tuple(_column(name, types.get(name)) for name in names)


def computed_column(name: str, column_type: str, compute: Compute, *, needs: Collection[str]) -> Column:
    """Return a column whose values are computed page by page: one per row that the page keeps, None for null.

    Values are of the type: str, int of 64 bits, float, bool, or an aware datetime.

    Raises: InvalidInput for another type.
    """
    return Column(name, _value_type(name, column_type), tuple(needs), compute=compute)


def needed_columns(columns: Iterable[Column]) -> tuple[str, ...]:
    """Return the columns of events that a scan must read for these."""
    return tuple(dict.fromkeys(name for column in columns for name in column.needs))


def _column(name: str, column_type: str | None) -> Column:
    if name in EVENT_COLUMNS:
        event_column = EVENT_COLUMNS[name]
        if name == "id" and column_type == Type.UUID:
            return _event("id", Kind.ID, Type.UUID)
        return event_column
    steps = tuple(name.removeprefix(PAYLOAD_PREFIX).split("."))
    if not name.startswith(PAYLOAD_PREFIX) or not all(steps):
        known = ", ".join(EVENT_COLUMNS)
        raise InvalidInput(f"no column {name[:60]!r}; there are {known}, payload.<path>", path="columns")
    return Column(name, _value_type(name, column_type or Type.TEXT), ("payload",), steps=steps)


def _value_type(name: str, column_type: str) -> Type:
    if column_type not in VALUE_TYPES:
        known = ", ".join(VALUE_TYPES)
        raise InvalidInput(f"{name[:60]!r} cannot be of type {column_type[:40]!r}; types are {known}", path="types")
    return Type(column_type)
