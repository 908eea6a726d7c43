"""The table of the model Collection, read and written by pymongo: every request begins here.

Called by services and selectors. Values are kept as the Django backend keeps them: UUIDs as binary, times as
microseconds since 1970, JSON as sub-documents; a test holds the two together.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pymongo.collection import Collection as MongoCollection

from core.ids import new_id
from core.times import from_microseconds, now, to_microseconds
from documents.client import database, translated
from documents.rows import CollectionRow, Visibility

TABLE = "documents_collection"
PREFIX = "documents."
Stored = dict[str, Any]


def find_collection(name: str, *, timeout_s: float | None = None) -> CollectionRow | None:
    """Return the collection of that name, None when there is none. Raises: StoreError."""
    with translated(writing=False, timeout_s=timeout_s):
        found = database()[TABLE].find_one({"name": name})
    return None if found is None else _row(found)


def find_collections(condition: Mapping[str, Any], *, after: str, limit: int) -> list[CollectionRow]:
    """Return up to `limit` collections after a name, by name. Raises: StoreError."""
    with translated(writing=False):
        found = database()[TABLE].find({"$and": [condition, {"name": {"$gt": after}}]}).sort("name", 1).limit(limit)
        return [_row(each) for each in found]


def make_row(
    *,
    name: str,
    owner: UUID,
    visibility: Visibility,
    schema: Mapping[str, Any] | None,
    indexes: Sequence[str],
) -> CollectionRow:
    """Make the row of a new collection; nothing is stored."""
    moment = now()
    return CollectionRow(new_id(), name, owner, visibility, schema, tuple(indexes), moment, moment)


def insert_collection(row: CollectionRow) -> None:
    """Store a new row. Raises: Conflict when the name is taken; StoreError."""
    stored = {
        "id": row.id,
        "name": row.name,
        "owner": row.owner,
        "visibility": str(row.visibility),
        "schema": _sorted(row.schema),
        "indexes": list(row.indexes),
        "created": to_microseconds(row.created),
        "updated": to_microseconds(row.updated),
    }
    with translated(writing=True):
        database()[TABLE].insert_one(stored)


def documents_of(row: CollectionRow) -> MongoCollection[Stored]:
    """Return where the collection's documents are: by its id, so that no other collection ever inherits them."""
    return database()[f"{PREFIX}{row.id.hex}"]


def _row(stored: Stored) -> CollectionRow:
    return CollectionRow(
        id=stored["id"],
        name=stored["name"],
        owner=stored["owner"],
        visibility=Visibility(stored["visibility"]),
        schema=stored["schema"],
        indexes=tuple(stored["indexes"]),
        created=from_microseconds(stored["created"]),
        updated=from_microseconds(stored["updated"]),
    )


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
