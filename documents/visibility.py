"""Who reads and who writes what. Pure; called by services and selectors, which decide nothing of it themselves."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from core.errors import NotFound, PermissionRefused
from core.principals import SYSTEM_ID, Principal
from documents.checks import check_path, fit_value
from documents.ids import ID_FIELD, read_id
from documents.rows import CollectionRow, Visibility

LinkedTo = Mapping[str, Iterable[Any]]
"""By which fields' values documents name the principal: field -> the principal's own values there."""

NOTHING: LinkedTo = MappingProxyType({})
EVERY: Mapping[str, Any] = MappingProxyType({})


def reads_all(principal: Principal, row: CollectionRow) -> bool:
    """Tell whether the principal reads every document of the collection."""
    return row.visibility is Visibility.PUBLIC or principal.reads_of(row.owner)


def sees_collection(principal: Principal, row: CollectionRow) -> bool:
    """Tell whether the principal may know that the collection exists; of a linked one that is no secret."""
    return row.visibility is Visibility.LINKED or reads_all(principal, row)


def visible_collections(principal: Principal) -> Mapping[str, Any]:
    """Return the condition on the registry that holds for what the principal sees."""
    if principal.sees_everything:
        return EVERY
    shared = [str(Visibility.LINKED), str(Visibility.PUBLIC)]
    return {"$or": [{"owner": {"$in": list(principal.owner_ids)}}, {"visibility": {"$in": shared}}]}


def visible_documents(principal: Principal, row: CollectionRow, linked_to: LinkedTo) -> Mapping[str, Any] | None:
    """Return the condition on documents that holds for what the principal reads; None when that is nothing.

    `linked_to` comes from the principal's own keys, never from what a request says.

    Raises: InvalidInput for a field or value that no document has.
    """
    if reads_all(principal, row):
        return EVERY
    if row.visibility is not Visibility.LINKED:
        return None
    ways = [{check_path(field): {"$in": _own(field, values)}} for field, values in linked_to.items()]
    return {"$or": ways} if ways else None


def require_writer(principal: Principal, row: CollectionRow) -> None:
    """Let the owner, operators and admins pass; of what Trivium keeps only Trivium itself.

    Raises: PermissionRefused for who may know of the collection, NotFound for everyone else.
    """
    if principal.writes_of(row.owner):
        return
    if not sees_collection(principal, row):
        raise NotFound("no such collection")
    if row.owner == SYSTEM_ID:
        raise PermissionRefused(f"the collection {row.name!r} is kept by Trivium itself")
    raise PermissionRefused(f"only its owner writes to the collection {row.name!r}")


def _own(field: str, values: Iterable[Any]) -> list[Any]:
    return [read_id(value) if field == ID_FIELD else fit_value(value) for value in values if value is not None]
