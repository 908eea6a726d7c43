"""What an export was asked: streams, range, columns, format, parts. Read by one parser for all three doors. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from core.errors import InvalidInput
from core.times import format_time, parse_time
from formats import COMPRESSIONS, FORMATS, Column, columns_of, format_of
from formats.columns import USUAL, VALUE_TYPES, Type
from timeseries.filters import Condition, Filters, read_condition, read_filters
from timeseries.streams import is_stream_name

MIB = 1 << 20
NO_FILTERS = Filters()
TYPES = frozenset({*VALUE_TYPES, Type.UUID})
MAX_STREAMS, MAX_COLUMNS = 1_000, 200
MIN_PART_BYTES, MAX_PART_BYTES = 64 * 1024, 64 << 30
MAX_PART_ROWS = 1 << 40


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Events of `start` <= time < `end` of the streams (none named: all of them), and how they are written.

    `stored_since`: only what was stored then or later, whatever its own time. Columns are named as `formats` has them,
    a type behind a colon: `payload.size:int64`. No compression said is the format's usual one. A part ends with the
    page that reaches `part_bytes` as stored, or before the one that would pass `part_rows`.
    """

    streams: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    columns: tuple[str, ...] = USUAL
    format: str = "ndjson"
    compression: str = ""
    part_bytes: int = 256 * MIB
    part_rows: int | None = None
    neutralise_formulas: bool = False
    stored_since: datetime | None = None
    filters: Filters = NO_FILTERS
    joins: tuple[str, ...] = ()

    @property
    def is_bounded(self) -> bool:
        """Tell whether it names its streams and both ends of its time."""
        return bool(self.streams) and self.start is not None and self.end is not None

    @property
    def suffix(self) -> str:
        """The end of a part's name, with its dot."""
        found, compression = format_of(self.format, self.compression or None)
        return found.file_extension(compression)

    @property
    def format_columns(self) -> tuple[Column, ...]:
        """The columns as `formats` has them. Raises: InvalidInput."""
        pairs = [_split_type(text) for text in self.columns]
        return columns_of([name for name, _ in pairs], types={name: said for name, said in pairs if said})

    def is_older_than(self, moment: datetime, lateness: timedelta) -> bool:
        """Tell whether it is for all of a range that is past the time for which events may come late."""
        return self.end is not None and self.end <= moment - lateness and self.stored_since is None

    def as_json(self) -> dict[str, Any]:
        """Return it as the manifest holds it; `parse_request` reads that as the same request."""
        return {
            "streams": list(self.streams) or "all",
            "from": self.start and format_time(self.start),
            "to": self.end and format_time(self.end),
            "columns": list(self.columns),
            "format": self.format,
            "compression": self.compression,
            "part_bytes": self.part_bytes,
            "part_rows": self.part_rows,
            "neutralise_formulas": self.neutralise_formulas,
            "stored_since": self.stored_since and format_time(self.stored_since),
            "filters": self.filters.as_json(),
            "joins": list(self.joins),
        }


def parse_request(raw: Mapping[str, Any]) -> ExportRequest:
    """Read a request from JSON, from query parameters or from a command's options; texts do for lists and numbers.

    Raises: InvalidInput that names every wrong field.
    """
    values, errors = {}, []
    for name in raw.keys() - READERS.keys():
        known = ", ".join(READERS)
        errors.append((str(name)[:40], f"an export has no {str(name)[:40]!r}; it has {known}"))
    for name, (field, read) in READERS.items():
        if raw.get(name) is None:
            continue
        try:
            values[field] = read(raw[name], name)
        except InvalidInput as error:
            errors.append((name, error.message))
    if errors:
        raise InvalidInput("; ".join(f"{path}: {message}" for path, message in errors), errors=errors)
    return _checked(ExportRequest(**values))


def _checked(request: ExportRequest) -> ExportRequest:
    if request.start is not None and request.end is not None and request.start >= request.end:
        raise InvalidInput("the range is empty: 'from' must be earlier than 'to'", path="to")
    if request.neutralise_formulas and request.format != "csv":
        raise InvalidInput("formula cells are a matter of CSV only", path="neutralise_formulas")
    _, compression = format_of(request.format, request.compression or None)
    return replace(request, compression=compression)


def _split_type(text: str) -> tuple[str, str]:
    name, colon, said = text.rpartition(":")
    return (name, said) if colon and said in TYPES else (text, "")


def _texts(value: Any, name: str) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, Sequence) or not all(isinstance(part, str) and part for part in parts):
        raise InvalidInput("takes a list of texts", path=name)
    repeated = next((part for part in parts if list(parts).count(part) > 1), None)
    if repeated is not None:
        raise InvalidInput(f"{repeated[:60]!r} is named twice", path=name)
    return tuple(parts)


def _streams(value: Any, name: str) -> tuple[str, ...]:
    if value in ("all", ["all"], ("all",)):
        return ()
    streams = _texts(value, name)
    if not streams:
        raise InvalidInput("names no stream; 'all' is all of them", path=name)
    if len(streams) > MAX_STREAMS:
        raise InvalidInput(f"names at most {MAX_STREAMS} streams; 'all' is all of them", path=name)
    wrong = next((stream for stream in streams if not is_stream_name(stream)), None)
    if wrong is not None:
        raise InvalidInput(f"{wrong[:60]!r} is no name of a stream", path=name)
    return streams


def _columns(value: Any, name: str) -> tuple[str, ...]:
    columns = _texts(value, name)
    if len(columns) > MAX_COLUMNS:
        raise InvalidInput(f"{len(columns)} columns; at most {MAX_COLUMNS}", path=name)
    assert ExportRequest(columns=columns).format_columns  # what is wrong with them is said there
    return columns


def _one_of(*choices: str) -> Callable[[Any, str], str]:
    def read(value: Any, name: str) -> str:
        if value not in choices:
            raise InvalidInput(f"is one of {', '.join(choices)}, not {str(value)[:40]!r}", path=name)
        return str(value)

    return read


def _whole(least: int, most: int) -> Callable[[Any, str], int]:
    def read(value: Any, name: str) -> int:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,15}", text) or not least <= int(text) <= most:
            raise InvalidInput(f"is a whole number from {least} to {most}", path=name)
        return int(text)

    return read


def _filters(value: Any, name: str) -> Filters:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InvalidInput("is a list of conditions", path=name)
    if all(isinstance(each, str) for each in value):
        return Filters(tuple(_condition(each) for each in value))
    return read_filters(list(value))


def _condition(text: str) -> Condition:
    """Read `kind=login` or `payload.status:gte=500`, as an address has it."""
    said, equals, value = text.partition("=")
    field, colon, operator = said.rpartition(":")
    if not equals:
        raise InvalidInput(f"{text[:60]!r} is no condition: write kind=login or payload.status:gte=500")
    return read_condition(field, operator, value) if colon else read_condition(said, "eq", value)


def _switch(value: Any, name: str) -> bool:
    if value not in (True, False, "true", "false"):
        raise InvalidInput("is true or false", path=name)
    return value in (True, "true")


def _moment(value: Any, name: str) -> datetime:
    if not isinstance(value, str):
        raise InvalidInput("is a time: 2026-01-31T12:00:00Z", path=name)
    return parse_time(value, path=name)


READERS: Mapping[str, tuple[str, Callable[[Any, str], Any]]] = {
    "streams": ("streams", _streams),
    "from": ("start", _moment),
    "to": ("end", _moment),
    "columns": ("columns", _columns),
    "format": ("format", _one_of(*FORMATS)),
    "compression": ("compression", _one_of(*COMPRESSIONS)),
    "part_bytes": ("part_bytes", _whole(MIN_PART_BYTES, MAX_PART_BYTES)),
    "part_rows": ("part_rows", _whole(1, MAX_PART_ROWS)),
    "neutralise_formulas": ("neutralise_formulas", _switch),
    "stored_since": ("stored_since", _moment),
    "filters": ("filters", _filters),
    "joins": ("joins", _texts),
}
"""The names of a request's members, each with its field and its reading."""

assert {field for field, _ in READERS.values()} == {field.name for field in fields(ExportRequest)}
