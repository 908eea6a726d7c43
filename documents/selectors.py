"""Reads of collections and documents, each batch in one query. Called by `api/`, `query/` and `imports/`.

What is not the principal's to read is NotFound by its name or id and absent from lists; `linked_to` says by which of
its own keys documents of linked collections name the principal (`visibility`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from core.errors import InvalidInput, NotFound, UnsupportedQuery
from core.principals import Principal
from documents.checks import META_FIELD, check_path, fit_value
from documents.client import database, translated
from documents.conditions import COMPARED, match_conditions
from documents.ids import ID_FIELD, parse_id, read_id
from documents.registry import documents_of, find_changed, find_collection, find_collections, is_past_change
from documents.rows import CollectionRow, Condition, Document
from documents.values import read_document
from documents.visibility import NOTHING, LinkedTo, sees_collection, visible_collections, visible_documents

MAX_VALUES = 1000
MAX_ROWS = 10_000
# Without an index each value walks the collection: values times documents, some seconds' work.
MAX_WALKED = 20_000_000
# What somebody wrote past this room has no version, and is no document of ours.
NOT_DELETED: Mapping[str, Any] = {f"{META_FIELD}.deleted": None, f"{META_FIELD}.version": {"$gte": 1}}


def collection_by_name(principal: Principal, name: str) -> CollectionRow:
    """Return one collection. Raises: NotFound when there is none or it is not the principal's to know; StoreError."""
    return _require_collection(principal, name, None)


def collections_page(principal: Principal, *, limit: int, after: str = "") -> list[CollectionRow]:
    """Return up to `limit` collections that the principal may know, by name, after a name. Raises: StoreError."""
    return find_collections(visible_collections(principal), after=after, limit=_check_limit(limit))


def owns_collections(owner_id: UUID) -> bool:
    """Tell whether any collection belongs to a user or team. Raises: StoreError."""
    return bool(find_collections({"owner": owner_id}, after="", limit=1))


def applied_change(name: str, change_id: UUID) -> bool:
    """Tell whether a change of a collection of that name was carried out, also when it is deleted since.

    A collection knows its last 50 changes. For whoever carries changes out, not for callers: nobody is asked who.

    Raises: StoreError.
    """
    return find_changed(name, change_id) is not None or is_past_change(name, change_id)


def document_by_id(
    principal: Principal,
    collection: str,
    id_text: str,
    *,
    linked_to: LinkedTo = NOTHING,
    timeout_s: float | None = None,
) -> Document:
    """Return one document by the text of its id (`ids`).

    Raises: NotFound when there is none or it is not the principal's to read; StoreError.
    """
    row = _require_collection(principal, collection, timeout_s)
    visible = visible_documents(principal, row, linked_to)
    try:
        wanted = parse_id(id_text)
    except InvalidInput as error:
        raise NotFound("no such document") from error
    if visible is not None:
        with translated(writing=False, timeout_s=timeout_s):
            found = documents_of(row).find_one({"$and": [{ID_FIELD: wanted}, NOT_DELETED, visible]})
        if found is not None:
            return read_document(found)
    raise NotFound("no such document")


def documents_page(
    principal: Principal,
    collection: str,
    *,
    limit: int,
    after: str = "",
    conditions: Sequence[Condition] = (),
    linked_to: LinkedTo = NOTHING,
    timeout_s: float | None = None,
) -> list[Document]:
    """Return up to `limit` documents that meet all conditions, by id, after the document with the text `after`.

    Ids of several types come numbers first, then texts, UUIDs, ObjectIds.

    Raises: NotFound for a collection that the principal may not know, InvalidInput or UnsupportedQuery for a wrong
    condition; StoreError.
    """
    row = _require_collection(principal, collection, timeout_s)
    visible = visible_documents(principal, row, linked_to)
    wanted = [match_conditions(conditions), *([_after(after)] if after else [])]
    if visible is None:
        return []
    with translated(writing=False, timeout_s=timeout_s):
        found = (
            documents_of(row)
            .find({"$and": [*wanted, NOT_DELETED, visible]})
            .sort(ID_FIELD, 1)
            .limit(_check_limit(limit))
        )
        return [read_document(each) for each in found]


def documents_by_values(
    principal: Principal,
    collection: str,
    field: str,
    values: Sequence[Any],
    *,
    limit_per_value: int,
    linked_to: LinkedTo = NOTHING,
    timeout_s: float | None = None,
) -> dict[Any, list[Document]]:
    """Return for each value up to `limit_per_value` documents that have it at a dotted path, by id; one query for all.

    A document whose field is a list has each value of the list. Values are texts, ints, UUIDs, ObjectIds
    (`values.convert_value`) and other plain values; None names nothing. Values of `_id` may be its text.

    Raises: NotFound for a collection that the principal may not know, InvalidInput for a wrong path or value,
    UnsupportedQuery when that many values need an index that is not declared; StoreError.
    """
    row = _require_collection(principal, collection, timeout_s)
    visible = visible_documents(principal, row, linked_to)
    wanted = _wanted_values(check_path(field), _check_values(field, values))
    found: dict[Any, list[Document]] = {value: [] for value in values}
    if visible is None or not wanted:
        return found
    stages: list[dict[str, Any]] = [
        {"$match": {"$and": [NOT_DELETED, visible]}},
        {"$sort": {ID_FIELD: 1}},
        {"$limit": _check_limit(limit_per_value)},
    ]
    with translated(writing=False, timeout_s=timeout_s):
        _require_index(row, field, len(wanted))
        for each in database().aggregate(_lookup(row, field, list(wanted.values()), stages)):
            found[list(wanted)[each["place"]]].append(read_document(each["found"]))
    return found


def _require_collection(principal: Principal, name: str, timeout_s: float | None) -> CollectionRow:
    row = find_collection(name, timeout_s=timeout_s)
    if row is None or not sees_collection(principal, row):
        raise NotFound("no such collection")
    return row


def _check_limit(limit: int) -> int:
    if not 1 <= limit <= MAX_ROWS:
        raise InvalidInput(f"a limit is between 1 and {MAX_ROWS}", path="limit")
    return limit


def _after(id_text: str) -> dict[str, Any]:
    """Compare over all types: in a plain condition `$gt` keeps to the type of its value."""
    return {"$expr": {"$gt": [f"${ID_FIELD}", {"$literal": parse_id(id_text)}]}}


def _check_values(field: str, values: Sequence[Any]) -> Sequence[Any]:
    """Truth values are refused, too: to Python they are the numbers 1 and 0."""
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (*COMPARED, type(None))):
            raise InvalidInput(f"a {type(value).__name__} names nothing", path=field)
    return values


def _wanted_values(field: str, values: Iterable[Any]) -> dict[Any, Any]:
    fit = read_id if field == ID_FIELD else fit_value
    wanted = {value: fit(value) for value in values if value is not None}
    if len(wanted) > MAX_VALUES:
        raise UnsupportedQuery(f"at most {MAX_VALUES} values at once", path=field)
    return wanted


def _require_index(row: CollectionRow, field: str, count: int) -> None:
    if field == ID_FIELD or field in row.indexes:
        return
    if documents_of(row).estimated_document_count() * count > MAX_WALKED:
        raise UnsupportedQuery(f"{field!r} of {row.name!r} has no index: declare one, or ask for fewer values")


def _lookup(row: CollectionRow, field: str, values: list[Any], stages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Look each value up by the index of the field, as a lateral join: bounded per value, lists met as they are."""
    places = [{"place": place, "value": {"$literal": value}} for place, value in enumerate(values)]
    lookup = {
        "from": documents_of(row).name,
        "localField": "value",
        "foreignField": field,
        "pipeline": stages,
        "as": "found",
    }
    return [{"$documents": places}, {"$lookup": lookup}, {"$unwind": "$found"}]
