"""Bodies of many items: a JSON array, or NDJSON with one item per line. One wrong item does not hold up the others.

What cannot be cut into items (no array, no JSON at all) is refused as a whole; an item that is JSON but not as
strict as `core.strict_json` wants it becomes an InvalidInput in its place. Called by views that take batches.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from api.parsers import read_bytes
from core.errors import InvalidInput, TooLarge
from core.strict_json import parse_json

MAX_ITEMS = 10_000
REMEDY = ": send fewer items at once"
ARRAY, LINES = "application/json", "application/x-ndjson"
WHITE = re.compile(r"[ \t\n\r]*")


def _nothing(_text: str) -> None:
    return None


# Finds where an item ends, whatever its numbers are.
_finder = json.JSONDecoder(parse_int=_nothing, parse_float=_nothing, parse_constant=_nothing)


def read_array(body: bytes) -> list[Any]:
    """Read the items of a JSON array; a wrong item is an InvalidInput in its place.

    Raises: InvalidInput for what is no JSON array, TooLarge for more than MAX_ITEMS.
    """
    try:
        items = parse_json(body)
    except InvalidInput as error:
        items = [_read_item(text.encode()) for text in _cut_array(body, error)]
    if not isinstance(items, list):
        raise InvalidInput(f"send an array of items, or {LINES} with one on each line")
    return _check_count(items)


def read_lines(body: bytes) -> list[Any]:
    """Read one item per line; a wrong line is an InvalidInput in its place. Only the last line may be empty.

    Raises: TooLarge for more than MAX_ITEMS.
    """
    lines = body.split(b"\n")
    if not lines[-1].strip():
        lines.pop()
    return [_read_item(line) for line in _check_count(lines)]


class BatchParser(BaseParser, ABC):
    """DRF's parser of a batch, within settings.MAX_EVENTS_BODY_BYTES; what it gives is a list."""

    @abstractmethod
    def read(self, body: bytes) -> list[Any]:
        """Read the items."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Read the items of a request's body, as a list.

        Raises: TooLarge, UnsupportedMediaType for another charset than UTF-8, InvalidInput.
        """
        bound = settings.MAX_EVENTS_BODY_BYTES  # type: ignore[misc]  # mypy does not see split settings
        return self.read(read_bytes(stream, media_type, parser_context, bound=bound, remedy=REMEDY))


class ArrayParser(BatchParser):
    """A JSON array."""

    media_type = ARRAY

    def read(self, body: bytes) -> list[Any]:
        """Read the array's items."""
        return read_array(body)


class LinesParser(BatchParser):
    """NDJSON."""

    media_type = LINES

    def read(self, body: bytes) -> list[Any]:
        """Read the lines."""
        return read_lines(body)


def _read_item(body: bytes) -> Any:
    try:
        return parse_json(body)
    except InvalidInput as error:
        return error


def _check_count(items: list[Any]) -> list[Any]:
    if len(items) > MAX_ITEMS:
        raise TooLarge(f"{len(items)} items in one batch; at most {MAX_ITEMS}")
    return items


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
