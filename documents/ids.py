"""Ids of documents: what a text names, and how an id is written. Pure; called by services, selectors and values.

A text that is the usual writing of an ObjectId, a UUID or a whole number is that; any other is itself. It holds for
ids that are stored and for ids in addresses, so that no two documents of a collection share a text.
"""

import re
from typing import Any
from uuid import UUID

from bson import Binary, ObjectId
from bson.binary import UUID_SUBTYPE

from core.errors import InvalidInput

OBJECT_ID = re.compile(r"[0-9a-f]{24}")
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,18}")
ADDRESSABLE_PATTERN = r"(?!\.{1,2}$)[^/]+"
ADDRESSABLE = re.compile(ADDRESSABLE_PATTERN)
MIN_INT64, MAX_INT64 = -(1 << 63), (1 << 63) - 1
MAX_ID_BYTES = 512
ID_FIELD = "_id"


def parse_id(text: str) -> Any:
    """Return the stored id that a text names: ObjectId, UUID, int or the text itself.

    Raises: InvalidInput for a text that no id can have.
    """
    if OBJECT_ID.fullmatch(text):
        return ObjectId(text)
    if UUID_TEXT.fullmatch(text):
        return UUID(text)
    if WHOLE_NUMBER.fullmatch(text) and MIN_INT64 <= int(text) <= MAX_INT64:
        return int(text)
    return _checked_text(text)


def read_id(value: Any) -> Any:
    """Return the id to store for a user's own `_id`.

    Raises: InvalidInput for a type or a text that no id can have.
    """
    if isinstance(value, str):
        return parse_id(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if not MIN_INT64 <= value <= MAX_INT64:
            raise InvalidInput("an integer id beyond 64 bits: write it as text", path=ID_FIELD)
        return int(value)
    if isinstance(value, Binary) and value.subtype == UUID_SUBTYPE:
        return value.as_uuid()
    if isinstance(value, (ObjectId, UUID)):
        return value
    kind = type(value).__name__
    raise InvalidInput(f"an id is text, a whole number, a UUID or an ObjectId, not {kind}", path=ID_FIELD)


def write_id(stored: Any) -> str:
    """Return the text of a stored id."""
    return str(stored)


def _checked_text(text: str) -> str:
    if not text or "\0" in text:
        raise InvalidInput("an id is not empty and holds no NUL character", path=ID_FIELD)
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidInput("an id holds half a surrogate pair", path=ID_FIELD) from error
    if size > MAX_ID_BYTES:
        raise InvalidInput(f"an id has at most {MAX_ID_BYTES} bytes", path=ID_FIELD)
    return text
