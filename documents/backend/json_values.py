"""JSON values as MongoDB keeps them: keys sorted, so that equal objects compare equal; the rest refused."""

import json
import math
from typing import Any

from django.db import DataError

from documents.backend.refusals import refused

MAX_INT64 = (1 << 63) - 1
MAX_DEPTH = 100


def storable_json(value: Any, encoder: type[json.JSONEncoder] | None = None) -> Any:
    """Return the value through its encoder, its objects' keys sorted at every depth.

    Raises: DataError for what is no JSON (NaN, NUL, lone surrogates); NotSupportedError for integers beyond 64 bits and
    depth over 100.
    """
    try:
        plain = json.loads(json.dumps(value, cls=encoder))
    except RecursionError as error:
        raise refused(f"JSON nested deeper than {MAX_DEPTH}", "flatten it") from error
    return _storable(plain, 0)


def _storable(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise refused(f"JSON nested deeper than {MAX_DEPTH}", "flatten it")
    if isinstance(value, dict):
        return {_storable(key, depth): _storable(value[key], depth + 1) for key in sorted(value)}
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    return _storable_scalar(value)


def _storable_scalar(value: Any) -> Any:
    if isinstance(value, str):
        return _storable_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise DataError(f"{value} is no JSON number")
    if isinstance(value, int) and not isinstance(value, bool) and not -MAX_INT64 - 1 <= value <= MAX_INT64:
        raise refused(f"the JSON integer {value} (more than 64 bits)", "keep it as text")
    return value


def _storable_text(value: str) -> str:
    if "\x00" in value:
        raise DataError("a JSON text holds no NUL (0x00)")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"a JSON text holds no lone surrogate: {value!r}") from error
    return value
