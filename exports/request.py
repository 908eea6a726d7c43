"""What an export was asked: streams, range, columns, format, parts. Read by one parser for all three doors. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from core.errors import InvalidInput
from core.times import format_time, parse_time
from timeseries.streams import is_stream_name

MIB = 1 << 20
COLUMNS = ("id", "stream", "time", "actor", "kind", "level", "client_id", "payload")
PAYLOAD_COLUMN = re.compile(r"payload\.[^:]{1,192}(:(text|integer|number|boolean|json))?")
FORMATS = ("ndjson", "csv", "parquet", "arrow")
TEXT_FORMATS = ("ndjson", "csv")
COMPRESSIONS = ("none", "gzip", "zstd")
MAX_STREAMS, MAX_COLUMNS = 1_000, 200
MIN_PART_BYTES, MAX_PART_BYTES = 64 * 1024, 64 << 30
MAX_PART_ROWS = 1 << 40


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Events of `start` <= time < `end` of the streams (none named: all of them), and how they are written.

    A part ends with the page that reaches `part_bytes` as stored, or before the one that would pass `part_rows`.
    """

    streams: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    columns: tuple[str, ...] = COLUMNS
    format: str = "ndjson"
    compression: str = "none"
    part_bytes: int = 256 * MIB
    part_rows: int | None = None
    neutralise_formulas: bool = False
    joins: tuple[str, ...] = ()

    @property
    def is_bounded(self) -> bool:
        """Tell whether it names its streams and both ends of its time."""
        return bool(self.streams) and self.start is not None and self.end is not None

    @property
    def suffix(self) -> str:
        """The end of a part's name, with its dot."""
        compressed = {"none": "", "gzip": ".gz", "zstd": ".zst"}[self.compression]
        return f".{self.format}{compressed if self.format in TEXT_FORMATS else ''}"

    def is_older_than(self, moment: datetime, lateness: timedelta) -> bool:
        """Tell whether all of the range is past the time for which events may come late."""
        return self.end is not None and self.end <= moment - lateness

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
    if request.compression == "gzip" and request.format not in TEXT_FORMATS:
        raise InvalidInput(f"{request.format} is compressed within: with zstd or none", path="compression")
    if request.neutralise_formulas and request.format != "csv":
        raise InvalidInput("formula cells are a matter of CSV only", path="neutralise_formulas")
    return request


def _texts(value: Any, name: str) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, Sequence) or not all(isinstance(part, str) and part for part in parts) or not parts:
        raise InvalidInput("takes a list of texts", path=name)
    repeated = next((part for part in parts if list(parts).count(part) > 1), None)
    if repeated is not None:
        raise InvalidInput(f"{repeated[:60]!r} is named twice", path=name)
    return tuple(parts)


def _streams(value: Any, name: str) -> tuple[str, ...]:
    if value in ("all", ["all"], ("all",)):
        return ()
    streams = _texts(value, name)
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
    wrong = next((each for each in columns if each not in COLUMNS and not PAYLOAD_COLUMN.fullmatch(each)), None)
    if wrong is not None:
        raise InvalidInput(
            f"{wrong[:60]!r} is no column; there are {', '.join(COLUMNS)}, and payload.<path>[:type] with a type of "
            "text, integer, number, boolean or json",
            path=name,
        )
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
    "joins": ("joins", _texts),
}
"""The names of a request's members, each with its field and its reading."""

assert {field for field, _ in READERS.values()} == {field.name for field in fields(ExportRequest)}
