"""What a free-form document may be: every key and value is looked at before anything is written. Pure.

Called by services; returns what the driver writes, so that what is stored is what was checked.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from itertools import islice
from types import MappingProxyType
from typing import Any
from uuid import UUID

from bson import Binary, Code, DatetimeMS, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.decimal128 import create_decimal128_context

from core.errors import InvalidInput
from documents.ids import ID_FIELD, MAX_INT64, MIN_INT64
from documents.refusals import MAX_ERRORS, together

META_FIELD = "_meta"
MAX_DEPTH = 100
MAX_PATH_CHARACTERS = 200
KEY_PATTERN = r"[^$.\0][^.\0]*"
PATH_PATTERN = rf"{KEY_PATTERN}(\.{KEY_PATTERN})*"
KEY, PATH = re.compile(KEY_PATTERN), re.compile(PATH_PATTERN)
SHOWN_CHARACTERS = 80
FIT_AS_THEY_ARE = (type(None), bool, UUID, ObjectId, Binary, bytes, Regex, Timestamp, MinKey, MaxKey, DatetimeMS)


def check_fields(item: Any) -> dict[str, Any]:
    """Return the user's own fields of an item, without `_id`, ready to be stored.

    Raises: InvalidInput with the path (`write_path`) of every wrong field, of MAX_ERRORS at most, for: no object; keys
    that are no text, empty, hold a dot or NUL, begin with `$`; the reserved `_meta`; NUL and half surrogate pairs in
    texts; integers beyond 64 bits; NaN and Infinity; more than 100 levels; times without an offset or finer than
    milliseconds; types that MongoDB does not keep.
    """
    if not isinstance(item, Mapping):
        raise InvalidInput(f"a document is an object, not {_kind(item)}")
    own = {key: value for key, value in item.items() if key != ID_FIELD}
    if META_FIELD not in own:
        with suppress(InvalidInput):
            return {_check_key(key, ""): _fit(value, key, 2) for key, value in own.items()}
    raise together(list(islice(_wrong_in(own, "", 1), MAX_ERRORS)))


def check_path(path: Any) -> str:
    """Return a dotted path of a field that a condition, an index or a link may name.

    Raises: InvalidInput for empty steps, steps that begin with `$`, NUL, the envelope, and more than 200 characters.
    """
    if not isinstance(path, str):
        raise InvalidInput(f"a path of a field is text, not {_kind(path)}")
    if len(path) > MAX_PATH_CHARACTERS or not PATH.fullmatch(path):
        raise InvalidInput(f"{path[:SHOWN_CHARACTERS]!r} is no path of a field: write address.city", path=path[:200])
    first, dot, _ = path.partition(".")
    if first == META_FIELD or (first == ID_FIELD and dot):
        raise InvalidInput(f"{path[:SHOWN_CHARACTERS]!r} names the envelope: name _id or a field", path=path[:200])
    check_text(path, "")
    return path


def fit_value(value: Any, *, path: str = "") -> Any:
    """Return one value ready to be stored or compared. Raises: InvalidInput as `check_fields` does."""
    return _fit(value, path, 2)


def check_text(text: str, path: str) -> None:
    """Check a text. Raises: InvalidInput for NUL characters and half surrogate pairs."""
    if "\0" in text:
        raise InvalidInput("a NUL character in a text", path=path)
    if not _is_whole(text):
        raise InvalidInput("half a surrogate pair in a text", path=path)


def write_path(steps: Iterable[str | int]) -> str:
    """Write the path of a field, the places in lists by their numbers from 0: `lines[1].pieces`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _wrong_in(value: Any, path: str, depth: int) -> Iterator[InvalidInput]:
    """Yield what is wrong in a value, one by one; nothing of what stands below a wrong key."""
    if depth <= MAX_DEPTH and isinstance(value, Mapping):
        for key, item in value.items():
            refusal = _refusal(_check_own_key if depth == 1 else _check_key, key, path)
            if refusal is not None:
                yield refusal
            else:
                yield from _wrong_in(item, f"{path}.{key}" if path else key, depth + 1)
    elif depth <= MAX_DEPTH and isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _wrong_in(item, f"{path}[{number}]", depth + 1)
    else:
        refusal = _refusal(_fit, value, path, depth)
        if refusal is not None:
            yield refusal


def _refusal(check: Callable[..., Any], *arguments: Any) -> InvalidInput | None:
    try:
        check(*arguments)
    except InvalidInput as error:
        return error
    return None


def _fit(value: Any, path: str, depth: int) -> Any:
    fit = _FITS.get(type(value))
    if fit is not None:
        return fit(value, path, depth)
    for kind in () if isinstance(value, Code) else (Mapping, str, int, float, datetime, list, tuple):
        if isinstance(value, kind):
            return _FITS[kind](value, path, depth)
    raise InvalidInput(f"{_kind(value)} cannot be stored: write it as text or as an object", path=path)


def _fit_object(value: Mapping[Any, Any], path: str, depth: int) -> dict[str, Any]:
    _check_depth(depth, path)
    return {_check_key(key, path): _fit(item, f"{path}.{key}", depth + 1) for key, item in value.items()}


def _fit_list(value: list[Any], path: str, depth: int) -> list[Any]:
    _check_depth(depth, path)
    return [_fit(item, f"{path}[{number}]", depth + 1) for number, item in enumerate(value)]


def _fit_text(value: str, path: str, _depth: int) -> str:
    check_text(value, path)
    return value


def _fit_integer(value: int, path: str, _depth: int) -> int:
    if not MIN_INT64 <= value <= MAX_INT64:
        raise InvalidInput("an integer beyond 64 bits: write it as text", path=path)
    return value


def _fit_float(value: float, path: str, _depth: int) -> float:
    if not math.isfinite(value):
        raise InvalidInput(f"{value}: only finite numbers are kept", path=path)
    return value


def _fit_decimal(value: Decimal, path: str, _depth: int) -> Decimal128:
    if not value.is_finite():
        raise InvalidInput(f"{value}: only finite numbers are kept", path=path)
    with localcontext(create_decimal128_context()) as context:
        fitted = context.create_decimal(value)
    if fitted != value:
        raise InvalidInput("a decimal number of more than 34 digits: write it as text", path=path)
    return Decimal128(fitted)


def _fit_decimal128(value: Decimal128, path: str, depth: int) -> Decimal128:
    _fit_decimal(value.to_decimal(), path, depth)
    return value


def _fit_time(value: datetime, path: str, _depth: int) -> datetime:
    if value.tzinfo is None:
        raise InvalidInput("a time without an offset", path=path)
    if value.microsecond % 1000:
        raise InvalidInput("MongoDB keeps times to the millisecond: round it or write it as text", path=path)
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise InvalidInput("a time outside the years 1 to 9999", path=path) from error


def _check_own_key(key: Any, path: str) -> str:
    if key == META_FIELD:
        raise InvalidInput(f"the field {META_FIELD} is kept for the envelope: rename yours", path=META_FIELD)
    return _check_key(key, path)


def _check_key(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise InvalidInput(f"a key is text, not {_kind(key)}", path=path)
    if KEY.fullmatch(key) and _is_whole(key):
        return key
    refused = f"the key {key[:SHOWN_CHARACTERS]!r} {_wrong_with_key(key)}"
    raise InvalidInput(refused, path=_shown(f"{path}.{key}" if path else key))


def _wrong_with_key(key: str) -> str:
    if not key:
        return "is empty: give it a name"
    if key[0] == "$":
        return "begins with $, which MongoDB keeps for its operators: rename it"
    if "." in key:
        return "holds a dot, which stands between the steps of a path: nest it or rename it"
    if "\0" in key:
        return "holds a NUL character"
    return "holds half a surrogate pair"


def _check_depth(depth: int, path: str) -> None:
    if depth > MAX_DEPTH:
        raise InvalidInput(f"more than {MAX_DEPTH} levels", path=path[:200])


def _is_whole(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _shown(path: str) -> str:
    return path.encode(errors="replace").decode().replace("\0", "?")[:200]


def _kind(value: Any) -> str:
    return f"a {type(value).__name__}"


_FITS: Mapping[type, Callable[[Any, str, int], Any]] = MappingProxyType(
    {
        dict: _fit_object,
        Mapping: _fit_object,
        list: _fit_list,
        tuple: _fit_list,
        str: _fit_text,
        int: _fit_integer,
        Int64: _fit_integer,
        float: _fit_float,
        Decimal: _fit_decimal,
        Decimal128: _fit_decimal128,
        datetime: _fit_time,
        **dict.fromkeys(FIT_AS_THEY_ARE, lambda value, _path, _depth: value),
    },
)
