"""What every target promises to `loading`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from imports.layouts import Layout

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Identity:
    """Which record this is: `digest` stands for (data set, canonical record), `nth` counts from 1 within a run."""

    digest: bytes
    nth: int

    @property
    def text(self) -> str:
        """Return 32 hexadecimal digits and the count."""
        return f"{self.digest.hex()}-{self.nth}"


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch: new rows, rows that were there, and those refused (place in the batch, reason)."""

    new: int = 0
    there: int = 0
    refused: Sequence[tuple[int, str]] = field(default_factory=tuple)


class Target(ABC, Generic[Row]):
    """A kind of record on its way into a store; used for one run, file after file."""

    @abstractmethod
    def begin_file(self, data_set: str, layout: Layout, columns: Sequence[str] | None) -> None:
        """Prepare for a file whose records all have these columns (None: each its own).

        Raises: InvalidInput when the mapping does not fit the columns.
        """

    @abstractmethod
    def make_row(self, fields: Mapping[str, Any], identify: Callable[[], Identity]) -> Row:
        """Turn a record into the store's row.

        Raises: InvalidInput when the record cannot be one.
        """

    @abstractmethod
    def prepare_store(self) -> None:
        """Make what the rows need (collection, stream) when it is missing; not called by a dry run."""

    @abstractmethod
    def store_rows(self, rows: Sequence[Row]) -> Stored:
        """Store a batch; storing it again changes nothing.

        Raises: InvalidInput or Conflict when the batch is refused as a whole (it is then tried in halves).
        """

    def warnings(self) -> list[str]:
        """Return what looked odd in this run."""
        return []
