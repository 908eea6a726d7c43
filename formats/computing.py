"""Values of the columns that are not cells of a page: fields of payloads and computed ones. Called by the encoders.

A field that does not fit its column's type is null there, and counted; the payload itself stays as it is.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson

from core.times import format_time
from formats.columns import Column, Type
from formats.page_values import PageValues
from formats.payload_fields import FITTERS, MISFIT, value_at

Render = Callable[[Any], bytes]


def computed_values(column: Column, values: PageValues, misfits: Counter[str]) -> Sequence[Any]:
    """Return one value per kept row: None for null; misfits are counted by column."""
    if column.compute is not None:
        return column.compute(values)
    fit = FITTERS[column.type]
    found = [value_at(payload, column.steps) for payload in values.payloads]
    fitted = [None if value is None else fit(value) for value in found]
    misfits[column.name] += sum(value is MISFIT for value in fitted)
    return [None if value is MISFIT else value for value in fitted]


def as_json(value: Any) -> bytes:
    """Return a value as JSON, a time as text."""
    return orjson.dumps(value)


def _time_as_json(value: Any) -> bytes:
    return b'"%b"' % format_time(value).encode()


def _time_as_text(value: Any) -> bytes:
    return format_time(value).encode()


def _text_as_text(value: Any) -> bytes:
    encoded: bytes = value.encode()
    return encoded


JSON_RENDERERS: Mapping[Type, Render] = MappingProxyType({Type.TIMESTAMP: _time_as_json})
CSV_RENDERERS: Mapping[Type, Render] = MappingProxyType({Type.TIMESTAMP: _time_as_text, Type.TEXT: _text_as_text})


def rendered(values: Sequence[Any], column: Column, renderers: Mapping[Type, Render]) -> list[bytes | None]:
    """Return values as the bytes that stand in a file; None stays."""
    render = renderers.get(column.type, as_json)
    return [None if value is None else render(value) for value in values]
