"""Pages of JSON texts as NDJSON and CSV, in Python: the way without the C library, with equal bytes. Called by `texts`.

Columns are made one by one, as lists of texts, because that is what Python is quickest at.
"""

import csv as csv_module
import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import orjson

from core.times import EPOCH, MICROSECOND, format_time, from_microseconds
from formats.columns import Column, Type
from formats.computing import CSV_RENDERERS, JSON_RENDERERS, computed_values, rendered
from formats.page_values import PageValues
from native.rows import Kind
from timeseries.identity import GREGORIAN, TICKS_PER_MICROSECOND

MINUTE_US = 60_000_000
TO_GREGORIAN_US = (GREGORIAN - EPOCH) // MICROSECOND
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Texts = Sequence[str]


def ndjson(values: PageValues, columns: Sequence[Column], misfits: Counter[str]) -> bytes:
    """Return a page's lines."""
    names = [orjson.dumps(column.name).decode().replace("%", "%%") for column in columns]
    line = "{" + ",".join(f"{name}:%s" for name in names) + "}\n"
    texts = [_json_texts(column, values, misfits) for column in columns]
    return "".join([line % row for row in zip(*texts, strict=True)]).encode()


def csv(values: PageValues, columns: Sequence[Column], misfits: Counter[str], *, is_neutral: bool) -> bytes:
    """Return a page's lines."""
    texts = [_csv_texts(column, values, misfits, is_neutral=is_neutral) for column in columns]
    return csv_lines(zip(*texts, strict=True))


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
    return int(text[15:18] + text[9:13] + text[:8], 16) // TICKS_PER_MICROSECOND + TO_GREGORIAN_US


def time_text(microseconds: int | None) -> str | None:
    """Return a time as RFC 3339; None for one outside the years 1 to 9999."""
    if microseconds is None:
        return None
    minute, rest = divmod(microseconds, MINUTE_US)
    start = _minute_text(minute)
    digits = f"{rest:08d}"
    return start and f"{start}{digits[:2]}.{digits[2:]}Z"


@lru_cache(1 << 14)  # the events of a page are mostly of few minutes
def _minute_text(minute: int) -> str | None:
    try:
        return format_time(from_microseconds(minute * MINUTE_US))[: len("2026-01-31T12:00:")]
    except OverflowError:
        return None


@lru_cache(1 << 14)  # most texts come again and again
def _quoted(text: str | None) -> str:
    return orjson.dumps(text).decode()


def _time_of_id(text: str) -> str | None:
    return time_text(microseconds_of_id(text))


def _or_none(text: str | None) -> str | None:
    return text or None


READERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.OPTIONAL: _or_none,
    Kind.TIME_OF_ID: _time_of_id,
    Kind.MICROSECONDS: time_text,
}


def _json_texts(column: Column, values: PageValues, misfits: Counter[str]) -> Texts:
    found = column_values(column, values, misfits)
    if not column.cell:
        return ["null" if each is None else each.decode() for each in rendered(found, column, JSON_RENDERERS)]
    if column.type == Type.TEXT:
        return [_quoted(each) for each in found]
    write = '"%s"' if column.type in (Type.ID, Type.UUID, Type.TIMESTAMP) else "%s"
    return ["null" if each is None else write % each for each in found]


def _csv_texts(column: Column, values: PageValues, misfits: Counter[str], *, is_neutral: bool) -> Texts:
    found = column_values(column, values, misfits)
    if column.cell:
        texts = ["" if each is None else str(each) for each in found]
    else:
        texts = ["" if each is None else each.decode() for each in rendered(found, column, CSV_RENDERERS)]
    if is_neutral and column.type in (Type.TEXT, Type.JSON):
        return [f"'{text}" if text.startswith(FORMULA) else text for text in texts]
    return texts
