"""How a file is laid out and what a reader makes of it: the values between `detection`, the readers and `loading`."""

from collections.abc import Iterator
from dataclasses import dataclass

from imports.patterns import LogPattern
from imports.records import Outcomes


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a file: `columns` names them where no header line does, `pattern` belongs to the format `log`."""

    format: str
    encoding: str = "utf-8"
    delimiter: str = ","
    columns: tuple[str, ...] = ()
    pattern: LogPattern | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A file being read: `columns` are those every record has, or None where each record has its own fields."""

    columns: tuple[str, ...] | None
    outcomes: Outcomes


Chunks = Iterator[bytes]
