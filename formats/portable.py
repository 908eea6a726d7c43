"""Pages of JSON texts as NDJSON and CSV, in Python: the way without the C library, with equal bytes. Called by `texts`.

Rows are read by orjson and written by orjson or the csv module; only times are made by hand.
"""

import csv as csv_module
import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import orjson

from core.times import format_time, from_microseconds
from formats.columns import Column, Type
from formats.computing import CSV_RENDERERS, JSON_RENDERERS, computed_values, rendered
from formats.page_values import PageValues
from native.rows import Kind
from timeseries.identity import GREGORIAN

SECOND_US = 1_000_000
TO_GREGORIAN_US = (GREGORIAN - from_microseconds(0)) // (from_microseconds(1) - from_microseconds(0))
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Record = dict[str, Any]


def ndjson(values: PageValues, columns: Sequence[Column], misfits: Counter[str]) -> bytes:
    """Return a page's lines."""
    names = [column.name for column in columns]
    found = [_json_values(column, values, misfits) for column in columns]
    lines = [orjson.dumps(dict(zip(names, row, strict=True))) for row in zip(*found, strict=True)]
    lines.append(b"")
    return b"\n".join(lines)


def csv(values: PageValues, columns: Sequence[Column], misfits: Counter[str], *, is_neutral: bool) -> bytes:
    """Return a page's lines."""
    found = [_csv_values(column, values, misfits, is_neutral=is_neutral) for column in columns]
    return csv_lines(zip(*found, strict=True))


def csv_lines(lines: Iterable[Sequence[str]]) -> bytes:
    """Return lines of CSV."""
    text = io.StringIO(newline="")
    csv_module.writer(text).writerows(lines)
    return text.getvalue().encode()


def column_values(column: Column, values: PageValues, misfits: Counter[str]) -> Sequence[Any]:
    """Return an event's or computed column: texts (an absent one None), times as text, numbers."""
    if not column.cell:
        return computed_values(column, values, misfits)
    read = READERS.get(column.kind)
    cells = [record[column.cell] for record in values.records]
    return cells if read is None else [read(cell) for cell in cells]


def microseconds_of_id(text: str) -> int:
    """Return the time of an id's text, in microseconds since 1970."""
    return int(text[15:18] + text[9:13] + text[:8], 16) // 10 + TO_GREGORIAN_US


def time_text(microseconds: int | None) -> str | None:
    """Return a time as RFC 3339; None for one outside the years 1 to 9999."""
    if microseconds is None:
        return None
    second, rest = divmod(microseconds, SECOND_US)
    start = _second_text(second)
    return None if start is None else f"{start}.{rest:06d}Z"


@lru_cache(4096)  # events of one page are mostly of few seconds
def _second_text(second: int) -> str | None:
    try:
        return format_time(from_microseconds(second * SECOND_US))[:19]
    except OverflowError:
        return None


def _time_of_id(text: str) -> str | None:
    return time_text(microseconds_of_id(text))


def _or_none(text: str | None) -> str | None:
    return text or None


def _fragment(text: str | bytes | None) -> Any:
    return None if text is None else orjson.Fragment(text)


READERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.OPTIONAL: _or_none,
    Kind.TIME_OF_ID: _time_of_id,
    Kind.MICROSECONDS: time_text,
}


def _json_values(column: Column, values: PageValues, misfits: Counter[str]) -> Sequence[Any]:
    found = column_values(column, values, misfits)
    if column.type == Type.JSON:
        return [_fragment(value) for value in found]
    if column.cell:
        return found
    return [_fragment(value) for value in rendered(found, column, JSON_RENDERERS)]


def _csv_values(column: Column, values: PageValues, misfits: Counter[str], *, is_neutral: bool) -> Sequence[str]:
    found = column_values(column, values, misfits)
    if column.cell:
        texts = ["" if value is None else str(value) for value in found]
    else:
        texts = ["" if value is None else value.decode() for value in rendered(found, column, CSV_RENDERERS)]
    if is_neutral and column.type in (Type.TEXT, Type.JSON):
        return [f"'{text}" if text.startswith(FORMULA) else text for text in texts]
    return texts
