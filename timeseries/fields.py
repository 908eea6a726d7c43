"""The catalogue of a stream's payload fields: which there were, of which types, and which column fits them.

Called by services and selectors here, and by exports.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from timeseries.directory import find_streams
from timeseries.session import Request, read, read_many
from timeseries.shapes import Field
from timeseries.streams import Stream

MAX_FIELDS = 2_000
"""Rows (field and type) that a stream's catalogue has, about: processes do not wait for each other."""
LEFT_OUT = ("", "")
"""The row under which what a full catalogue left out is counted."""
TEXT = "text"
_NUMBERS = frozenset({"int", "double"})
_COLUMNS: Mapping[frozenset[str], str] = MappingProxyType(
    {
        frozenset({"int"}): "int64",
        frozenset({"double"}): "double",
        _NUMBERS: "double",
        frozenset({"bool"}): "bool",
        frozenset({"timestamp"}): "timestamp",
    }
)
StreamKey = tuple[str, datetime]

SELECT_FIELDS = "SELECT field, type, first_us, last_us FROM fields_by_stream WHERE stream = ? AND made = ?"
SELECT_COUNTS = "SELECT field, type, events FROM field_counts WHERE stream = ? AND made = ?"


@dataclass(frozen=True, slots=True)
class SeenField:
    """A field with one of its types: in how many events, the earliest and the latest of them by their own time."""

    path: str
    type: str
    events: int
    first_us: int
    last_us: int


@dataclass(slots=True)
class Span:
    """In how many events something was, and the earliest and latest of them in microseconds since 1970."""

    events: int
    first_us: int
    last_us: int

    def extend(self, other: "Span") -> None:
        """Take another's events in."""
        self.events += other.events
        self.first_us = min(self.first_us, other.first_us)
        self.last_us = max(self.last_us, other.last_us)


Spans = Mapping[Field, Span]


def key_of(stream: Stream) -> StreamKey:
    """Return what this life of the stream is known by: its name, and when it was made."""
    return stream.name, stream.created.astimezone(UTC)


def seen_fields(stream: Stream) -> tuple[list[SeenField], int]:
    """Return the catalogue by path and type, and how often a full catalogue left a field of an event out.

    Raises: StoreUnavailable, StoreTimeout.
    """
    key = key_of(stream)
    rows, counted = read_many([Request(SELECT_FIELDS, key), Request(SELECT_COUNTS, key)])
    counts = {(path, kind): events for path, kind, events in counted}
    seen = [SeenField(path, kind, counts.get((path, kind), 0), first, last) for path, kind, first, last in rows]
    return seen, counts.get(LEFT_OUT, 0)


def column_type_of(types: Iterable[str]) -> str:
    """Return the column that holds all values of a field that had those types: int64, double, bool, timestamp or text.

    What has no type but null, or several that no column but text holds, is text.
    """
    return _COLUMNS.get(frozenset(types) - {"null"}, TEXT)


def column_types(stream: str) -> dict[str, str]:
    """Return the column types of every field that the stream's payloads have had, by dotted path.

    Raises: StoreUnavailable, StoreTimeout.
    """
    found = find_streams([stream]).get(stream)
    types: dict[str, set[str]] = {}
    for path, kind, *_ in read(SELECT_FIELDS, key_of(found)) if found else ():
        types.setdefault(path, set()).add(kind)
    return {path: column_type_of(kinds) for path, kinds in types.items()}


def column_type(stream: str, path: str) -> str:
    """Return the column type of one field, by its dotted path in the payload; text for one that no event has had.

    Raises: StoreUnavailable, StoreTimeout.
    """
    return column_types(stream).get(path, TEXT)
