"""Storing and deleting free-form documents, item by item, whole or not at all. Called by `api/` and `imports/`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.errors import Conflict, InvalidInput, NotFound, OutcomeUnknown, StoreError
from core.ids import new_id
from core.preconditions import UNCONDITIONAL, Precondition
from core.principals import Principal
from core.times import now, to_microseconds
from documents.checks import META_FIELD, check_fields
from documents.client import translated
from documents.ids import ID_FIELD, read_id, write_id
from documents.registry import documents_of
from documents.rows import CollectionRow, ItemResult, Status
from documents.schemas import FieldsSchema
from documents.services.access import writable_collection
from documents.services.changing import existing_id, tag_of_known
from documents.services.writing import (
    MAX_ROUNDS,
    Prepared,
    cut_batches,
    encode_fields,
    read_known,
    unknown,
    write_batch,
)

DONE = (Status.STORED, Status.REPLACED)


def store_documents(principal: Principal, collection: str, items: Sequence[Any]) -> list[ItemResult]:
    """Store items (their `_id`, or else a new UUIDv7, and their own fields) and return what became of each, in order.

    Storing is idempotent by id: the same content again changes nothing, other content replaces the document whole and
    raises its version by one; of two items with one id the later wins. Items are refused one by one (`checks`, the
    collection's schema, 16 MB).

    Raises: NotFound, PermissionRefused when the collection is not the principal's to write; StoreUnavailable when
    nothing was stored. Items whose write was not acknowledged have the status `unknown`: sending them again is safe.
    """
    row = writable_collection(principal, collection)
    results: dict[int, ItemResult] = {}
    failure: StoreError | None = None
    for batch in cut_batches(_prepare_items(row, items, results)):
        try:
            if failure is None:
                write_batch(documents_of(row), batch, owner=row.owner, results=results)
        except StoreError as error:
            if not isinstance(error, OutcomeUnknown) and not any(each.status in DONE for each in results.values()):
                raise
            failure = error
        if failure is not None:
            results.update((item.place, unknown(item, failure)) for item in batch if item.place not in results)
    return [results[place] for place in range(len(items))]


def delete_document(
    principal: Principal,
    collection: str,
    id_text: str,
    *,
    precondition: Precondition = UNCONDITIONAL,
) -> None:
    """Delete a document: its fields go, its id stays, its version is one higher, where a later document goes on.

    Raises: NotFound when there is none, PreconditionFailed; NotFound, PermissionRefused when the collection is not the
    principal's to write; StoreError, OutcomeUnknown.
    """
    row = writable_collection(principal, collection)
    own_id = existing_id(id_text)
    for _ in range(MAX_ROUNDS):
        known = read_known(documents_of(row), [own_id]).get(own_id)
        tag = tag_of_known(known)
        if known is None or tag is None:
            raise NotFound("no such document")
        precondition.check(tag)
        if _bury(row, own_id, known[META_FIELD]["version"]):
            return
    raise Conflict("others write this document all the time: send it again")


def _bury(row: CollectionRow, own_id: Any, version: int) -> bool:
    """Take the fields of a document away; False when it is of another version by now."""
    moment = to_microseconds(now())
    envelope = {"version": version + 1, "updated": moment, "deleted": moment}
    with translated(writing=True):
        buried = documents_of(row).update_one(
            {ID_FIELD: own_id, f"{META_FIELD}.version": version, f"{META_FIELD}.deleted": None},
            [{"$replaceWith": {ID_FIELD: f"${ID_FIELD}", META_FIELD: {"$mergeObjects": [f"${META_FIELD}", envelope]}}}],
        )
    return buried.matched_count == 1


def _prepare_items(
    row: CollectionRow,
    items: Sequence[Any],
    results: dict[int, ItemResult],
) -> list[Prepared]:
    check = FieldsSchema(row.schema).check if row.schema is not None else _accept
    prepared = []
    for place, item in enumerate(items):
        try:
            prepared.append(_prepare(row, place, item, check))
        except InvalidInput as error:
            results[place] = ItemResult(
                Status.REJECTED, _shown_id(item), code=error.code, path=error.path, reason=error.message
            )
    return prepared


def _prepare(row: CollectionRow, place: int, item: Any, check: Callable[[Mapping[str, Any]], None]) -> Prepared:
    fields = check_fields(item)
    own_id = read_id(item[ID_FIELD]) if item.get(ID_FIELD) is not None else new_id()
    check(fields)
    return Prepared(place, own_id, fields, encode_fields(fields, documents_of(row).codec_options))


def _accept(_fields: Mapping[str, Any]) -> None:
    """Stand in for the schema of a collection that has none."""


def _shown_id(item: Any) -> str:
    try:
        return write_id(read_id(item[ID_FIELD]))
    except (InvalidInput, TypeError, KeyError, AttributeError):
        return ""
