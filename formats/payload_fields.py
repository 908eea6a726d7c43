"""Fields of the payload as typed columns: what stands at a path, fitted to a type or left null and counted. Pure.

Called by `computing`.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson

from core.errors import InvalidInput
from core.times import parse_time
from formats.columns import Type

MISFIT = object()
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1


def value_at(item: Any, steps: Sequence[str]) -> Any:
    """Return what stands at a path, None where nothing does.

    A dot steps into an object; where an object has a key with such a dot in its name, that key is meant.
    """
    if not steps:
        return item
    if not isinstance(item, dict):
        return None
    if len(steps) == 1:
        return item.get(steps[0])
    for count in range(len(steps), 0, -1):
        key = ".".join(steps[:count])
        if key in item:
            return value_at(item[key], steps[count:])
    return None


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _int64(value: Any) -> Any:
    return value if type(value) is int and _LEAST <= value <= _MOST else MISFIT


def _double(value: Any) -> Any:
    return float(value) if type(value) in (int, float) else MISFIT


def _bool(value: Any) -> Any:
    return value if type(value) is bool else MISFIT


def _timestamp(value: Any) -> Any:
    if not isinstance(value, str):
        return MISFIT
    try:
        return parse_time(value)
    except InvalidInput:
        return MISFIT


FITTERS: Mapping[Type, Callable[[Any], Any]] = MappingProxyType(
    {
        Type.TEXT: _text,
        Type.INT64: _int64,
        Type.DOUBLE: _double,
        Type.BOOL: _bool,
        Type.TIMESTAMP: _timestamp,
    }
)
