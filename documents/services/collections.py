"""Making collections: the registry's row, the MongoDB collection behind it, and its declared indexes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pymongo import IndexModel

from core.errors import Conflict, InvalidInput, NotFound, PermissionRefused, TooLarge
from core.principals import Principal
from documents.checks import check_path
from documents.client import DEFINITION_TIMEOUT_S, database, translated
from documents.ids import ID_FIELD
from documents.models import MAX_NAME_CHARACTERS, NAME_PATTERN
from documents.registry import documents_of, find_collection, insert_collection, make_row
from documents.rows import CollectionRow, Visibility
from documents.schemas import check_schema
from documents.visibility import require_writer

NAME = re.compile(NAME_PATTERN)
MAX_INDEXES = 20
TAKEN = "there is a collection {!r} already: choose another name"


def create_collection(
    principal: Principal,
    name: str,
    *,
    visibility: str = Visibility.PRIVATE,
    schema: Mapping[str, Any] | None = None,
    indexes: Sequence[str] = (),
    owner: UUID | None = None,
) -> CollectionRow:
    """Make a collection of the principal's (of `owner`'s where an operator says so) and return it.

    `name`: at most 64 lower-case letters, digits, `_` and `-`; `schema`: JSON Schema, Draft 2020-12; `indexes`: up to
    20 dotted paths.

    Raises: InvalidInput or TooLarge with the path for a wrong argument, PermissionRefused for another's `owner`,
    Conflict when the name is taken; StoreError.
    """
    row = make_row(
        name=_check_name(name),
        owner=principal.user_id if owner is None else owner,
        visibility=_check_visibility(visibility),
        schema=None if schema is None else check_schema(schema),
        indexes=_check_indexes(indexes),
    )
    if not principal.writes_of(row.owner):
        raise PermissionRefused("only operators make collections of others")
    if find_collection(name) is not None:
        raise Conflict(TAKEN.format(name))
    _make_store(row)
    try:
        insert_collection(row)
    except Conflict as error:
        _drop_store(row)
        raise Conflict(TAKEN.format(name)) from error
    return row


def ensure_collection(
    principal: Principal,
    name: str,
    *,
    visibility: str = Visibility.PRIVATE,
    schema: Mapping[str, Any] | None = None,
    indexes: Sequence[str] = (),
) -> CollectionRow:
    """Return the collection of that name, made as `create_collection` does when there is none; one that is there stays.

    Raises: as `create_collection`; PermissionRefused or Conflict when it is there and not the principal's to write.
    """
    found = find_collection(name)
    if found is None:
        try:
            return create_collection(principal, name, visibility=visibility, schema=schema, indexes=indexes)
        except Conflict:  # another made it in the meantime
            found = find_collection(name)
            if found is None:
                raise
    try:
        require_writer(principal, found)
    except NotFound as error:
        raise Conflict(TAKEN.format(name)) from error
    return found


def _check_name(name: Any) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        shape = f"1 to {MAX_NAME_CHARACTERS} lower-case letters, digits, _ and -, a letter or digit first"
        raise InvalidInput(f"{str(name)[:80]!r} is no name of a collection: {shape}", path="name")
    return name


def _check_visibility(visibility: Any) -> Visibility:
    try:
        return Visibility(visibility)
    except ValueError as error:
        known = ", ".join(Visibility)
        raise InvalidInput(f"{str(visibility)[:80]!r} is no visibility: {known}", path="visibility") from error


def _check_indexes(indexes: Sequence[str]) -> list[str]:
    if isinstance(indexes, str) or not isinstance(indexes, Sequence):
        raise InvalidInput("indexes are a list of fields", path="indexes")
    if len(indexes) > MAX_INDEXES:
        raise TooLarge(f"a collection has at most {MAX_INDEXES} indexes", path="indexes")
    for number, field in enumerate(indexes):
        try:
            check_path(field)
        except InvalidInput as error:
            raise InvalidInput(error.message, path=f"indexes.{number}") from error
    return [field for field in dict.fromkeys(indexes) if field != ID_FIELD]


def _make_store(row: CollectionRow) -> None:
    models = [
        IndexModel([(field, 1), (ID_FIELD, 1)], name=f"declared.{place}") for place, field in enumerate(row.indexes)
    ]
    with translated(writing=True, timeout_s=DEFINITION_TIMEOUT_S):
        database().create_collection(documents_of(row).name, check_exists=False)
        if models:
            documents_of(row).create_indexes(models)


def _drop_store(row: CollectionRow) -> None:
    with translated(writing=True):
        documents_of(row).drop()
