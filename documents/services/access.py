"""The collection that a write goes to, if it is the principal's to write. Called by the other services."""

from core.errors import NotFound
from core.principals import Principal
from documents.registry import find_collection
from documents.rows import CollectionRow
from documents.visibility import require_writer


def writable_collection(principal: Principal, name: str) -> CollectionRow:
    """Return the collection of that name. Raises: NotFound or PermissionRefused (`visibility`); StoreError."""
    row = find_collection(name)
    if row is None:
        raise NotFound("no such collection")
    require_writer(principal, row)
    return row
