# ruff: noqa: S608 - names of tables and columns are constants, every value is bound
"""What a scan asks Cassandra for: the columns it needs, and the statement that reads a slice of them. Pure.

Called by `reading`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import InvalidInput
from timeseries.scan.slices import Slice
from timeseries.windows import Window

# A column of events, and the column of the table that it is read from.
COLUMNS = {
    "id": "id",
    "stream": "stream",
    "time": "id",
    "actor": "actor",
    "kind": "kind",
    "level": "level",
    "client_id": "client_id",
    "payload": "payload",
    "written": "written",
    "ttl_s": "ttl_s",
}
# In this order the columns stand in a row of a body.
SELECTED = {
    "stream": "stream",
    "id": "id",
    "actor": "actor",
    "kind": "kind",
    "level": "level",
    "client_id": "client_id",
    "payload": "payload",
    "written": "writetime(payload)",
    "ttl_s": "ttl(payload)",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which columns of which rows: `start` <= time < `end`, of some `streams` (None: all), written from `written_from`.

    `written` is Cassandra's write time of the row, `ttl_s` the seconds it still lives, none for ever.
    """

    columns: Collection[str]
    start: datetime | None = None
    end: datetime | None = None
    streams: Collection[str] | None = None
    written_from: datetime | None = None

    def __post_init__(self) -> None:
        unknown = [name for name in self.columns if name not in COLUMNS]
        if unknown or not self.columns:
            raise InvalidInput(f"no column {str(unknown)[:60]}; there are {', '.join(COLUMNS)}", path="columns")
        if self.written_from is not None and self.written_from.tzinfo is None:
            raise InvalidInput("the time has no offset", path="written_from")

    @property
    def has_times(self) -> bool:
        """Whether a range of times is asked for."""
        return self.start is not None or self.end is not None

    @property
    def window(self) -> Window:
        """The times. Raises: InvalidInput for one without an offset."""
        return Window(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Query:
    """How the rows of one slice are read: one statement, its values per partition (one set for a slice of tokens)."""

    part: Slice
    wanted: Wanted
    columns: tuple[str, ...]

    @property
    def picks(self) -> frozenset[str]:
        """The columns by which rows are picked as they are read: what the statement cannot say."""
        return _picking_columns(self.part, self.wanted)

    def cql(self, keyspace: str, *, as_json: bool) -> str:
        """Return the statement."""
        selected = ", ".join(f"{SELECTED[name]} AS {name}" for name in self.columns)
        where = "token(stream, bucket, shard) > ? AND token(stream, bucket, shard) <= ?"
        if self.part.partitions is not None:
            where = "stream = ? AND bucket = ? AND shard = ? AND id > ? AND id < ?"
        return f'SELECT {"JSON " if as_json else ""}{selected} FROM "{keyspace}".{self.part.table} WHERE {where}'

    def values(self, number: int) -> tuple[Any, ...]:
        """Return the values for the slice's partition of that number."""
        if self.part.partitions is None:
            return (self.part.low, self.part.high)
        return (*self.part.partitions[number], *self.wanted.window.ids)


def query_of(part: Slice, wanted: Wanted) -> Query:
    """Return how a slice is read: the columns asked for, and those that pick rows."""
    needed = {COLUMNS[name] for name in wanted.columns} | _picking_columns(part, wanted)
    return Query(part, wanted, tuple(name for name in SELECTED if name in needed))


def _picking_columns(part: Slice, wanted: Wanted) -> frozenset[str]:
    is_whole_range = part.partitions is None
    reasons = {
        "id": is_whole_range and wanted.has_times,
        "stream": is_whole_range and wanted.streams is not None,
        "written": wanted.written_from is not None,
    }
    return frozenset(name for name, is_needed in reasons.items() if is_needed)
