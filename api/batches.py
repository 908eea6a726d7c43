"""Bodies of many items: a JSON array, one object, or lines. One wrong item does not hold up the others.

What cannot be cut into items (no array, no JSON at all) is refused as a whole; an item that is JSON but not as
strict as `core.strict_json` wants it becomes an InvalidInput in its place. Called by views that take batches.
"""

import json
import re
from typing import Any

from django.conf import settings
from rest_framework.exceptions import UnsupportedMediaType

from api.uploads import length_of, read_pieces
from core.errors import InvalidInput, TooLarge
from core.strict_json import parse_json

MAX_ITEMS = 10_000
ARRAY, LINES = "application/json", "application/x-ndjson"
REMEDY = f": send fewer items at once, or {LINES}"
WHITE = re.compile(r"[ \t\n\r]*")


def _nothing(_text: str) -> None:
    return None


# Finds where an item ends, whatever its numbers are.
_finder = json.JSONDecoder(parse_int=_nothing, parse_float=_nothing, parse_constant=_nothing)


def read_array(body: bytes) -> list[Any]:
    """Read the items of a JSON array, or one object; a wrong item is an InvalidInput in its place.

    Raises: InvalidInput for what is no JSON array, TooLarge for more than MAX_ITEMS.
    """
    try:
        items = parse_json(body)
    except InvalidInput as error:
        items = [_read_item(text.encode()) for text in _cut_array(body, error)]
    if isinstance(items, dict):
        return [items]
    if not isinstance(items, list):
        raise InvalidInput(f"send an array of items, one object, or {LINES} with one on each line")
    if len(items) > MAX_ITEMS:
        raise TooLarge(f"{len(items)} items in one batch; at most {MAX_ITEMS}")
    return items


def is_lines(request: Any) -> bool:
    """Tell whether a request brings lines rather than an array.

    Raises: UnsupportedMediaType for anything else, and for another charset than UTF-8.
    """
    media_type, _, parameters = str(request.META.get("CONTENT_TYPE", "")).lower().partition(";")
    if "charset=" in parameters.replace("charset=utf-8", "").replace('charset="utf-8"', ""):
        raise UnsupportedMediaType(media_type, "JSON is UTF-8: leave the charset out")
    if media_type.strip() not in (ARRAY, LINES) and length_of(request) != 0:
        raise UnsupportedMediaType(media_type, f"send {LINES} or {ARRAY}")
    return media_type.strip() == LINES


def read_items(request: Any) -> list[Any]:
    """Read a request's body of at most settings.MAX_EVENTS_BODY_BYTES as `read_array` does.

    Raises: as `read_array` and `api.uploads.read_pieces`, TooLarge.
    """
    bound = settings.MAX_EVENTS_BODY_BYTES  # type: ignore[misc]  # mypy does not see split settings
    if int(request.META.get("CONTENT_LENGTH") or 0) > bound:
        raise TooLarge(f"the body is over {bound} bytes{REMEDY}")
    body = bytearray()
    for piece in read_pieces(request):
        body += piece
        if len(body) > bound:
            raise TooLarge(f"the body is over {bound} bytes{REMEDY}")
    return read_array(bytes(body))


def _read_item(body: bytes) -> Any:
    try:
        return parse_json(body)
    except InvalidInput as error:
        return error


def _cut_array(body: bytes, refusal: InvalidInput) -> list[str]:
    """Return the texts of an array's items. Raises: the refusal of the whole when it is no array."""
    try:
        text = body.decode()
        place = WHITE.match(text).end()  # type: ignore[union-attr]  # it matches everywhere
        if text[place : place + 1] != "[":
            raise refusal
        return _cut(text, place + 1, refusal)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise refusal from error


def _cut(text: str, place: int, refusal: InvalidInput) -> list[str]:
    pieces = []
    while True:
        place = WHITE.match(text, place).end()  # type: ignore[union-attr]  # it matches everywhere
        _, end = _finder.raw_decode(text, place)
        pieces.append(text[place:end])
        place = WHITE.match(text, end).end()  # type: ignore[union-attr]  # likewise
        mark, place = text[place : place + 1], place + 1
        if mark == "]" and WHITE.fullmatch(text, place):
            return pieces
        if mark != ",":
            raise refusal
