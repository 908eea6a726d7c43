"""Stored values as plain ones, and texts as link values: rooms above this one never see the driver's types.

Pure; called by selectors, and by `query/` for the values that links follow.
"""

import base64
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from bson import Binary, Code, DatetimeMS, DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp

from core.errors import InvalidInput
from core.times import format_time, from_microseconds
from documents.checks import META_FIELD
from documents.ids import ID_FIELD, MAX_INT64, MIN_INT64, OBJECT_ID, UUID_TEXT, WHOLE_NUMBER, parse_id, write_id
from documents.rows import Document


def plain_value(value: Any) -> Any:
    """Return a stored value as None, bool, int, finite float, Decimal, text, UUID, aware datetime, list or dict.

    ObjectIds are their 24 digits, bytes Base64, a regular expression is /pattern/; what JSON has no number for is text.
    """
    convert = _PLAIN.get(type(value))
    return value if convert is None else convert(value)


def read_document(stored: Mapping[str, Any]) -> Document:
    """Return a stored document as a plain one."""
    meta = stored[META_FIELD]
    return Document(
        id=write_id(stored[ID_FIELD]),
        owner=meta["owner"],
        version=meta["version"],
        created=from_microseconds(meta["created"]),
        updated=from_microseconds(meta["updated"]),
        fields={key: plain_value(value) for key, value in stored.items() if key not in (ID_FIELD, META_FIELD)},
    )


def json_value(value: Any, *, write_decimal: Callable[[Decimal], Any] = "{:f}".format) -> Any:
    """Return a stored value as answers show it: times, UUIDs, ids and, unless said otherwise, decimals are text."""
    return _json_form(plain_value(value), write_decimal)


def convert_value(kind: str, text: str) -> Any:
    """Read a text as a value of a kind of CONVERSIONS: text, int, uuid, object_id or id (what an address names).

    Raises: ValueError for a text that is none.
    """
    return CONVERSIONS[kind](text)


def parse_object_id(text: str) -> ObjectId:
    """Read an ObjectId of 24 hexadecimal digits.

    Raises: ValueError for anything else.
    """
    if not isinstance(text, str) or not OBJECT_ID.fullmatch(text.lower()):
        raise ValueError("no ObjectId of 24 hexadecimal digits")
    return ObjectId(text)


def values_at(document: Document, path: str) -> Iterator[Any]:
    """Yield the values at a dotted path, each of a list; none when it is missing or null. `_id` is the id's text."""
    if path == ID_FIELD:
        yield document.id
    else:
        yield from _step_into(document.fields, path.split("."))


def _step_into(value: Any, steps: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _step_into(item, steps)
    elif not steps:
        if value is not None:
            yield value
    elif isinstance(value, Mapping) and steps[0] in value:
        yield from _step_into(value[steps[0]], steps[1:])


def _json_form(value: Any, write_decimal: Callable[[Decimal], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _json_form(item, write_decimal) for key, item in value.items()}
    if isinstance(value, list):
        return [_json_form(item, write_decimal) for item in value]
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, Decimal):
        return write_decimal(value)
    return str(value) if isinstance(value, UUID) else value


def _read_int(text: str) -> int:
    if not WHOLE_NUMBER.fullmatch(text) or not MIN_INT64 <= int(text) <= MAX_INT64:
        raise ValueError("no whole number of 64 bits")
    return int(text)


def _read_uuid(text: str) -> UUID:
    if not UUID_TEXT.fullmatch(text.lower()):
        raise ValueError("no UUID")
    return UUID(text)


def _read_id(text: str) -> Any:
    try:
        return parse_id(text)
    except InvalidInput as error:
        raise ValueError(error.message) from error


def _plain_number(value: float | Decimal) -> Any:
    return value if math.isfinite(value) else str(value)


def _plain_regex(value: "Regex[str]") -> str:
    pattern = value.pattern if isinstance(value.pattern, str) else value.pattern.decode(errors="replace")
    return f"/{pattern}/"


def _plain_reference(value: DBRef) -> dict[str, Any]:
    return {"collection": value.collection, "id": plain_value(value.id), "database": value.database}


def _plain_binary(value: bytes) -> str:
    return base64.b64encode(value).decode()


_PLAIN: Mapping[type, Callable[[Any], Any]] = MappingProxyType(
    {
        dict: lambda value: {key: plain_value(item) for key, item in value.items()},
        list: lambda value: [plain_value(item) for item in value],
        float: _plain_number,
        ObjectId: str,
        Int64: int,
        Decimal128: lambda value: _plain_number(value.to_decimal()),
        bytes: _plain_binary,
        Binary: _plain_binary,
        DatetimeMS: int,
        Timestamp: lambda value: value.as_datetime(),
        Regex: _plain_regex,
        Code: str,
        DBRef: _plain_reference,
        MinKey: lambda _: "MinKey",
        MaxKey: lambda _: "MaxKey",
    },
)
CONVERSIONS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {"text": str, "int": _read_int, "uuid": _read_uuid, "object_id": parse_object_id, "id": _read_id},
)
