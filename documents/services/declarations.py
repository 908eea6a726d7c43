"""What a collection may declare: its name, visibility, schema and indexes, each checked. Called by `collections`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import Any

from core.errors import InvalidInput, TooLarge
from documents.checks import check_path
from documents.ids import ID_FIELD
from documents.models import MAX_NAME_CHARACTERS, NAME_PATTERN
from documents.refusals import check_all
from documents.rows import CollectionRow, Visibility
from documents.schemas import check_schema

NAME = re.compile(NAME_PATTERN)
MAX_INDEXES = 20


class Unchanged(Enum):
    """Stands for a part of a declaration that stays as it is; None is a value of its own."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


def check_name(name: Any) -> str:
    """Return a name that collections may have. Raises: InvalidInput."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        shape = f"1 to {MAX_NAME_CHARACTERS} lower-case letters, digits, _ and -, a letter or digit first"
        raise InvalidInput(f"{str(name)[:80]!r} is no name of a collection: {shape}", path="name")
    return name


def check_visibility(visibility: Any) -> Visibility:
    """Return a visibility. Raises: InvalidInput."""
    try:
        return Visibility(visibility)
    except ValueError as error:
        known = ", ".join(Visibility)
        raise InvalidInput(f"{str(visibility)[:80]!r} is no visibility: {known}", path="visibility") from error


def check_optional_schema(schema: Any) -> Mapping[str, Any] | None:
    """Return a schema or None. Raises: InvalidInput or TooLarge."""
    return None if schema is None else check_schema(schema)


def check_indexes(indexes: Any) -> tuple[str, ...]:
    """Return the dotted paths to be indexed, each once; the id is indexed anyway. Raises: InvalidInput or TooLarge."""
    if isinstance(indexes, str) or not isinstance(indexes, Sequence):
        raise InvalidInput("indexes are a list of fields", path="indexes")
    if len(indexes) > MAX_INDEXES:
        raise TooLarge(f"a collection has at most {MAX_INDEXES} indexes", path="indexes")
    check_all(*(partial(_check_index, number, field) for number, field in enumerate(indexes)))
    return tuple(field for field in dict.fromkeys(indexes) if field != ID_FIELD)


def _check_index(number: int, field: Any) -> None:
    try:
        check_path(field)
    except InvalidInput as error:
        raise InvalidInput(error.message, path=f"indexes[{number}]") from error


CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "name": check_name,
    "visibility": check_visibility,
    "schema": check_optional_schema,
    "indexes": check_indexes,
}


def check_declaration(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a declaration that CHECKS knows, checked; what is UNCHANGED is left out.

    Raises: InvalidInput or TooLarge with the path of every wrong part.
    """
    parts = {part: declared[part] for part in CHECKS if declared.get(part, UNCHANGED) is not UNCHANGED}
    checked = check_all(*(partial(CHECKS[part], value) for part, value in parts.items()))
    return dict(zip(parts, checked, strict=True))


def declare_anew(row: CollectionRow, declared: Mapping[str, Any]) -> CollectionRow:
    """Return the row with the parts that are declared anew, checked; nothing is stored.

    Raises: InvalidInput or TooLarge with the path.
    """
    return replace(row, **check_declaration(declared))
