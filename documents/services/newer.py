"""Storing what is as of a sequence: it replaces only what is older, so that late and repeated writes change nothing.

The comparison is part of the update itself, so that writers need not know of each other. Called by `operations.relay`
for the documents that Trivium itself keeps about what stands in another store.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from core.errors import Conflict, InvalidInput, NotFound, OutcomeUnknown
from core.principals import Principal
from core.times import now, to_microseconds
from documents.checks import META_FIELD, check_fields, check_path
from documents.client import translated
from documents.failures import DUPLICATE_CODES, STORE
from documents.ids import ID_FIELD, read_id, write_id
from documents.registry import documents_of, find_collection
from documents.rows import CollectionRow, ItemResult, Status
from documents.visibility import require_writer

SEQUENCE = "sequence"
MAX_ROUNDS = 10
BATCH_ITEMS = 1000
Stored = dict[str, Any]
Expression = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewerFields:
    """Fields as of a sequence: those of a document, or with `within` (a dotted path) those of an object in it."""

    id: UUID | str
    sequence: int
    fields: Mapping[str, Any]
    within: str = ""


def store_newer_fields(principal: Principal, collection: str, items: Sequence[NewerFields]) -> list[ItemResult]:
    """Store fields where there are none or those of a lesser sequence; `stored` says they or newer ones are there.

    They are replaced whole, with their sequence as the field `sequence`; a document that is not there is made.

    Raises: NotFound, PermissionRefused; Conflict when the collection belongs to somebody else than the principal, who
    could then read it; StoreUnavailable, OutcomeUnknown.
    """
    row = _own_collection(principal, collection)
    results: dict[int, ItemResult] = {}
    updates: dict[int, UpdateOne] = {}
    for place, item in enumerate(items):
        try:
            updates[place] = _update(row, item)
            results[place] = ItemResult(Status.STORED, write_id(item.id))
        except InvalidInput as error:
            results[place] = ItemResult(
                Status.REJECTED, write_id(item.id), code=error.code, path=error.path, reason=error.message
            )
    places = list(updates)
    for start in range(0, len(places), BATCH_ITEMS):
        _write(row, {place: updates[place] for place in places[start : start + BATCH_ITEMS]}, results)
    return [results[place] for place in range(len(items))]


def _own_collection(principal: Principal, name: str) -> CollectionRow:
    row = find_collection(name)
    if row is None:
        raise NotFound("no such collection")
    require_writer(principal, row)
    if row.owner != principal.user_id:
        raise Conflict(f"the collection {name!r} belongs to somebody else: rename it")
    return row


def _update(row: CollectionRow, item: NewerFields) -> UpdateOne:
    fields = {**check_fields(item.fields), SEQUENCE: item.sequence}
    target = f"{check_path(item.within)}." if item.within else ""
    is_newer = {"$lt": [{"$ifNull": [f"${target}{SEQUENCE}", -1]}, item.sequence]}
    envelope = _envelope(row.owner)
    if item.within:
        stage = {
            "$set": {
                item.within: _choose(is_newer, {"$literal": fields}, f"${item.within}"),
                META_FIELD: _choose(is_newer, envelope, f"${META_FIELD}"),
            }
        }
    else:
        whole = {"$mergeObjects": [{ID_FIELD: f"${ID_FIELD}", META_FIELD: envelope}, {"$literal": fields}]}
        stage = {"$replaceWith": _choose(is_newer, whole, "$$ROOT")}
    return UpdateOne({ID_FIELD: read_id(item.id)}, [stage], upsert=True)


def _choose(is_newer: Expression, new: Any, stored: str) -> Expression:
    return {"$cond": [is_newer, new, stored]}


def _envelope(owner: UUID) -> Expression:
    moment = to_microseconds(now())
    return {
        "owner": {"$ifNull": [f"${META_FIELD}.owner", owner]},
        "version": {"$add": [{"$ifNull": [f"${META_FIELD}.version", 0]}, 1]},
        "created": {"$ifNull": [f"${META_FIELD}.created", moment]},
        "updated": moment,
        "deleted": None,
    }


def _write(row: CollectionRow, updates: Mapping[int, UpdateOne], results: dict[int, ItemResult]) -> None:
    """Write, again where another made the same document at the same time."""
    pending = dict(updates)
    for _ in range(MAX_ROUNDS):
        errors = _bulk_write(row, list(pending.values()))
        places = list(pending)
        pending = {}
        for number, error in errors.items():
            place = places[number]
            if error["code"] in DUPLICATE_CODES:
                pending[place] = updates[place]
            else:
                reason = str(error.get("errmsg", ""))[:200]
                results[place] = ItemResult(Status.REJECTED, results[place].id, code=InvalidInput.code, reason=reason)
        if not pending:
            return
    for place in pending:
        reason = "others make this document all the time: send it again"
        results[place] = ItemResult(Status.UNKNOWN, results[place].id, code=OutcomeUnknown.code, reason=reason)


def _bulk_write(row: CollectionRow, operations: list[UpdateOne]) -> dict[int, Mapping[str, Any]]:
    with translated(writing=True):
        try:
            documents_of(row).bulk_write(operations, ordered=False)
        except BulkWriteError as error:
            if error.details["writeConcernErrors"]:
                raise OutcomeUnknown("MongoDB did not acknowledge a write; send it again", store=STORE) from error
            return {each["index"]: each for each in error.details["writeErrors"]}
    return {}
