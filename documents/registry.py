"""The table of the model Collection, read and written by pymongo: every request begins here.

Called by services and selectors. Values are kept as the Django backend keeps them: UUIDs as binary, times as
microseconds since 1970, JSON as sub-documents; a test holds the two together. Each change has an id, which the row
bears from then on, so that a change that is sent again is known (`changes`).
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pymongo import ReturnDocument
from pymongo.collection import Collection as MongoCollection

from core.times import from_microseconds, now, to_microseconds
from documents.client import database, translated
from documents.rows import CollectionRow, Visibility

TABLE = "documents_collection"
DELETED_TABLE = "documents_deletedcollection"
PREFIX = "documents."
KEPT_CHANGES = 50
STAYS: Mapping[str, Any] = {"deleting": None}
Stored = dict[str, Any]


def find_collection(name: str, *, timeout_s: float | None = None) -> CollectionRow | None:
    """Return the collection of that name, None when there is none. Raises: StoreError."""
    with translated(writing=False, timeout_s=timeout_s):
        found = database()[TABLE].find_one({"name": name, **STAYS})
    return None if found is None else _row(found)


def find_collections(condition: Mapping[str, Any], *, after: str, limit: int) -> list[CollectionRow]:
    """Return up to `limit` collections after a name, by name. Raises: StoreError."""
    wanted = {"$and": [condition, {"name": {"$gt": after}, **STAYS}]}
    with translated(writing=False):
        return [_row(each) for each in database()[TABLE].find(wanted).sort("name", 1).limit(limit)]


def find_changed(name: str, change_id: UUID) -> CollectionRow | None:
    """Return the collection of that name if it bears that change, also while it is being deleted, else None.

    Raises: StoreError.
    """
    with translated(writing=False):
        found = database()[TABLE].find_one({"name": name, "changes": str(change_id)})
    return None if found is None else _row(found)


def is_past_change(name: str, change_id: UUID) -> bool:
    """Tell whether a collection of that name, which is gone, was changed or deleted by that change.

    Raises: StoreError.
    """
    wanted = {"name": name, "$or": [{"id": change_id}, {"changes": str(change_id)}]}
    with translated(writing=False):
        buried = database()[DELETED_TABLE].find_one(wanted)
        return buried is not None and database()[TABLE].find_one({"id": buried["collection"]}) is None


def make_row(
    *,
    row_id: UUID,
    name: str,
    owner: UUID,
    visibility: Visibility,
    schema: Mapping[str, Any] | None,
    indexes: Sequence[str],
) -> CollectionRow:
    """Make the row of a new collection; nothing is stored."""
    moment = now()
    return CollectionRow(row_id, name, owner, visibility, schema, tuple(indexes), moment, moment)


def insert_collection(row: CollectionRow, change_id: UUID) -> None:
    """Store a new row. Raises: Conflict when the name is taken; StoreError."""
    stored = {
        "id": row.id,
        "name": row.name,
        "owner": row.owner,
        **_declared(row),
        "created": to_microseconds(row.created),
        "updated": to_microseconds(row.updated),
        "version": row.version,
        "changes": [str(change_id)],
        "deleting": None,
    }
    with translated(writing=True):
        database()[TABLE].insert_one(stored)


def update_collection(row: CollectionRow, change_id: UUID, *, is_different: bool) -> CollectionRow | None:
    """Store what a row declares in place of its version; None when another changed it first.

    What `is_different` has a new version; else the change is noted, no more.

    Raises: StoreError.
    """
    change: Stored = {"$push": {"changes": {"$each": [str(change_id)], "$slice": -KEPT_CHANGES}}}
    if is_different:
        change |= {"$set": {**_declared(row), "updated": to_microseconds(now())}, "$inc": {"version": 1}}
    with translated(writing=True):
        found = database()[TABLE].find_one_and_update(
            {"id": row.id, "version": row.version, **STAYS}, change, return_document=ReturnDocument.AFTER
        )
    return None if found is None else _row(found)


def condemn_collection(row: CollectionRow, change_id: UUID) -> bool:
    """Take a collection out of sight, to be deleted; False when another changed it first. Raises: StoreError."""
    with translated(writing=True):
        outcome = database()[TABLE].update_one(
            {"id": row.id, "version": row.version, **STAYS}, {"$set": {"deleting": change_id}}
        )
    return outcome.modified_count == 1


def find_condemned(name: str) -> CollectionRow | None:
    """Return the collection of that name whose deletion was begun and has not ended. Raises: StoreError."""
    with translated(writing=False):
        found = database()[TABLE].find_one({"name": name, "deleting": {"$ne": None}})
    return None if found is None else _row(found)


def bury_collection(row: CollectionRow) -> None:
    """Take a condemned collection's documents and row away, and keep the ids of its changes; may be done again.

    Raises: StoreError.
    """
    with translated(writing=True):
        documents_of(row).drop()
        found = database()[TABLE].find_one({"id": row.id})
        if found is not None:
            kept = {"name": row.name, "collection": row.id, "changes": found["changes"]}
            kept["deleted"] = to_microseconds(now())
            database()[DELETED_TABLE].update_one({"id": found["deleting"]}, {"$setOnInsert": kept}, upsert=True)
            database()[TABLE].delete_one({"id": row.id})


def documents_of(row: CollectionRow) -> MongoCollection[Stored]:
    """Return where the collection's documents are: by its id, so that no other collection ever inherits them."""
    return database()[f"{PREFIX}{row.id.hex}"]


def _declared(row: CollectionRow) -> Stored:
    return {"visibility": str(row.visibility), "schema": _sorted(row.schema), "indexes": list(row.indexes)}


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
        version=stored["version"],
    )


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
