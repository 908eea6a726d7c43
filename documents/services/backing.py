"""The MongoDB collection behind a collection: making it, its declared indexes, and what it holds. For `collections`."""

import math
import re
from contextlib import suppress
from uuid import UUID

from pymongo import IndexModel
from pymongo.errors import OperationFailure

from core.deadlines import Deadline
from core.errors import Conflict, StoreTimeout
from documents.checks import META_FIELD
from documents.client import DEFINITION_TIMEOUT_S, database, translated
from documents.failures import STORE
from documents.ids import ID_FIELD, write_id
from documents.registry import DELETED_TABLE, PREFIX, documents_of
from documents.rows import CollectionRow
from documents.schemas import FieldsSchema

DECLARED = "declared"
MAX_SHOWN_IDS = 5
NAMESPACE_NOT_FOUND = 26
INDEX_NOT_FOUND = 27
Key = tuple[tuple[str, int], ...]


def make_backing(row: CollectionRow) -> None:
    """Make the MongoDB collection and its declared indexes; what is there already stays. Raises: StoreError."""
    with suppress(Conflict), translated(writing=True, timeout_s=DEFINITION_TIMEOUT_S):
        database().create_collection(documents_of(row).name, check_exists=False)
    make_indexes(row)


def make_indexes(row: CollectionRow) -> None:
    """Make the declared indexes that are missing. Raises: StoreError."""
    with translated(writing=True, timeout_s=DEFINITION_TIMEOUT_S):
        there = _declared_indexes(row)
        missing = [field for field in row.indexes if _key_of(field) not in there]
        if missing:
            models = [IndexModel(list(_key_of(field)), name=f"{DECLARED}:{field}") for field in missing]
            documents_of(row).create_indexes(models)


def drop_indexes(row: CollectionRow) -> None:
    """Drop what was declared once and is no longer. Raises: StoreError."""
    wanted = {_key_of(field) for field in row.indexes}
    with translated(writing=True, timeout_s=DEFINITION_TIMEOUT_S):
        for key, name in _declared_indexes(row).items():
            if key not in wanted:
                _drop_index(row, name)


def drop_backing(row: CollectionRow) -> None:
    """Drop the MongoDB collection. Raises: StoreError."""
    with translated(writing=True):
        documents_of(row).drop()


def drop_leftovers() -> None:
    """Drop what a late writer made again behind a collection that is deleted. Raises: StoreError."""
    with translated(writing=True):
        names = database().list_collection_names(filter={"name": {"$regex": f"^{re.escape(PREFIX)}"}})
        backings = {UUID(hex=name.removeprefix(PREFIX)): name for name in names}
        for buried in database()[DELETED_TABLE].find({"collection": {"$in": list(backings)}}):
            database().drop_collection(backings[buried["collection"]])


def holds_documents(row: CollectionRow) -> bool:
    """Tell whether anything is in it; what is left of deleted documents does not count. Raises: StoreError."""
    with translated(writing=False):
        return documents_of(row).find_one({f"{META_FIELD}.deleted": None}, {ID_FIELD: 1}) is not None


def check_fit(row: CollectionRow, *, timeout_s: float | None) -> None:
    """Hold every document against the row's schema.

    Raises: Conflict that says how many do not fit, with the first ids; StoreTimeout when it takes longer; StoreError.
    """
    if row.schema is None:
        return
    schema, deadline = FieldsSchema(row.schema), Deadline(math.inf if timeout_s is None else timeout_s)
    count, shown = 0, []
    with translated(writing=False, timeout_s=timeout_s):
        for stored in documents_of(row).find({f"{META_FIELD}.deleted": None}, {META_FIELD: 0}).sort(ID_FIELD, 1):
            if deadline.has_passed():
                raise StoreTimeout("there are too many documents to look at all of them in time", store=STORE)
            own_id = stored.pop(ID_FIELD)
            if not schema.fits(stored):
                count += 1
                shown += [write_id(own_id)] if count <= MAX_SHOWN_IDS else []
    if count:
        raise Conflict(f"documents that do not fit this schema: {count}, the first of them {', '.join(shown)}")


def _drop_index(row: CollectionRow, name: str) -> None:
    try:
        documents_of(row).drop_index(name)
    except OperationFailure as error:  # another may have dropped it in the meantime
        if error.code not in (INDEX_NOT_FOUND, NAMESPACE_NOT_FOUND):
            raise


def _key_of(field: str) -> Key:
    return ((field, 1), (ID_FIELD, 1))


def _declared_indexes(row: CollectionRow) -> dict[Key, str]:
    """Return the names of the indexes that were declared, by their keys; those of the operators are left alone."""
    found = documents_of(row).index_information()
    return {tuple(index["key"]): name for name, index in found.items() if name.startswith(DECLARED)}
