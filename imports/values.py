"""What a value may be in any store: bounds on depth, whole numbers and text, checked before anything is written.

Called by the readers of JSON and BSON, and by the targets that keep JSON.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.errors import InvalidInput
from core.times import format_time

MAX_DEPTH = 100
MIN_INTEGER, MAX_INTEGER = -(1 << 63), (1 << 63) - 1


def check_value(value: Any, *, path: str = "", depth: int = 1) -> None:
    """Check a record and everything in it.

    Raises: InvalidInput for what no store keeps: more than 100 levels, integers beyond 64 bits, NaN and Infinity, NUL
    characters and lone surrogates; the message names the field.
    """
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, Mapping):
        _check_depth(depth, path)
        for key, item in value.items():
            _check_text(key, path)
            check_value(item, path=f"{path}.{key}" if path else key, depth=depth + 1)
    elif isinstance(value, list):
        _check_depth(depth, path)
        for item in value:
            check_value(item, path=path, depth=depth + 1)
    else:
        _check_number(value, path)


def _check_depth(depth: int, path: str) -> None:
    if depth > MAX_DEPTH:
        raise InvalidInput(f"more than {MAX_DEPTH} levels at {path[:80]}", path=path)


def _check_text(text: str, path: str) -> None:
    if "\0" in text:
        raise InvalidInput(f"a NUL character at {path[:80] or 'a key'}", path=path)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidInput(f"half a surrogate pair at {path[:80] or 'a key'}", path=path) from error


def _check_number(value: Any, path: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInput(f"{value} at {path[:80]}: only finite numbers are kept", path=path)
    if isinstance(value, int) and not MIN_INTEGER <= value <= MAX_INTEGER:
        raise InvalidInput(f"an integer beyond 64 bits at {path[:80]}: write it as text", path=path)


def scalar_text(value: Any, field: str) -> str:
    """Return a text or whole number as text without blanks around it; nothing for None.

    Raises: InvalidInput for anything else.
    """
    if value is None:
        return ""
    if isinstance(value, (bool, float, Mapping, list, bytes, datetime)):
        raise InvalidInput(f"{field}: {str(value)[:40]!r} is no text and no whole number", path=field)
    return str(value).strip()


def plain_json(value: Any) -> Any:
    """Return a value in JSON's own types: times as RFC 3339, other types of MongoDB as their text."""
    if isinstance(value, Mapping):
        return {name: plain_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain_json(item) for item in value]
    if isinstance(value, datetime):
        return format_time(value)
    return value if value is None or isinstance(value, (str, int, float)) else str(value)
