"""Making, changing and deleting collections: the registry's row, and the MongoDB collection behind it.

Each of them may be done again under the same `change_id`, whatever became of the first attempt: it then does what is
left to do and changes nothing twice. Called by `api/`, `imports/` and `operations/`.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core.crashes import crash_point
from core.errors import Conflict, NotFound, PermissionRefused
from core.ids import new_id
from core.preconditions import UNCONDITIONAL, Precondition
from core.principals import Principal
from documents import registry
from documents.registry import find_collection, make_row
from documents.rows import CollectionRow, Visibility
from documents.services.access import writable_collection
from documents.services.backing import (
    check_fit,
    drop_backing,
    drop_indexes,
    drop_leftovers,
    holds_documents,
    make_backing,
    make_indexes,
)
from documents.services.declarations import (
    UNCHANGED,
    Unchanged,
    check_declaration,
    declare_anew,
)
from documents.visibility import require_writer

TAKEN = "there is a collection {!r} already: choose another name"
BUSY = "others change this collection all the time: send it again"
MAX_ROUNDS = 20


def create_collection(
    principal: Principal,
    name: str,
    *,
    visibility: str = Visibility.PRIVATE,
    schema: Mapping[str, Any] | None = None,
    indexes: Sequence[str] = (),
    owner: UUID | None = None,
    change_id: UUID | None = None,
) -> CollectionRow:
    """Make a collection of the principal's, or of `owner`'s: a team of the principal's, anybody where an operator says.

    `name`: at most 64 lower-case letters, digits, `_` and `-`; `schema`: JSON Schema, Draft 2020-12; `indexes`: up to
    20 dotted paths. With a `change_id` that was carried out before, the collection as it is now is returned.

    Raises: InvalidInput or TooLarge with the path for a wrong argument, PermissionRefused for another's `owner`,
    Conflict when the name is taken, NotFound when this very change was made and the collection deleted since;
    StoreError.
    """
    row = make_row(
        row_id=change_id or new_id(),  # one change makes one collection, however often it is tried
        owner=principal.user_id if owner is None else owner,
        **check_declaration({"name": name, "visibility": visibility, "schema": schema, "indexes": indexes}),
    )
    if not principal.writes_of(row.owner):
        raise PermissionRefused("only operators make collections of others")
    finish_deletion(name)
    return _made_before(row) or _make(row)


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


def change_collection(  # noqa: PLR0913 - by name: what is declared, and what holds for the change
    principal: Principal,
    name: str,
    *,
    visibility: str | Unchanged = UNCHANGED,
    schema: Mapping[str, Any] | Unchanged | None = UNCHANGED,
    indexes: Sequence[str] | Unchanged = UNCHANGED,
    precondition: Precondition = UNCONDITIONAL,
    checks_documents: bool = True,
    timeout_s: float | None = None,
    change_id: UUID | None = None,
) -> CollectionRow:
    """Declare parts of a collection anew, each whole, and return it; what is UNCHANGED stays as it is.

    Documents that do not fit a new schema refuse it, all of them being looked at within `timeout_s`; without
    `checks_documents` each is held against it when it is next written.

    Raises: InvalidInput or TooLarge with the path, NotFound or PermissionRefused when the collection is not the
    principal's to write, PreconditionFailed, Conflict for documents that do not fit; StoreTimeout, StoreError.
    """
    change = change_id or new_id()
    declared = {"visibility": visibility, "schema": schema, "indexes": indexes}
    for _ in range(MAX_ROUNDS):
        row = writable_collection(principal, name)
        if change_id is not None and registry.find_changed(name, change) is not None:
            _settle_indexes(name)
            return row
        precondition.check(row.tag)
        wanted = declare_anew(row, declared)
        if wanted == row and change_id is None:
            return row
        if checks_documents and wanted.schema != row.schema:
            check_fit(wanted, timeout_s=timeout_s)
        make_indexes(wanted)
        changed = registry.update_collection(wanted, change, is_different=wanted != row)
        crash_point("documents.declaration_stored")
        _settle_indexes(name)
        if changed is not None:
            return changed
    raise Conflict(BUSY)


def delete_collection(
    principal: Principal,
    name: str,
    *,
    with_documents: bool = False,
    precondition: Precondition = UNCONDITIONAL,
    change_id: UUID | None = None,
) -> None:
    """Delete a collection and free its name; with documents in it only `with_documents`, and they go for good.

    Raises: NotFound or PermissionRefused when it is not the principal's to write, Conflict when it holds documents,
    PreconditionFailed; StoreError.
    """
    finished = finish_deletion(name)
    if finished is not None and change_id is None and principal.writes_of(finished.owner):
        return
    if change_id is not None and registry.is_past_change(name, change_id):
        return
    for _ in range(MAX_ROUNDS):
        row = writable_collection(principal, name)
        precondition.check(row.tag)
        if not with_documents and holds_documents(row):
            raise Conflict(f"{name!r} holds documents: delete them first; with_documents=true deletes them, too")
        if registry.condemn_collection(row, change_id or new_id()):
            crash_point("documents.collection_condemned")
            registry.bury_collection(row)
            drop_leftovers()
            return
    raise Conflict(BUSY)


def finish_deletion(name: str) -> CollectionRow | None:
    """Carry out the rest of a deletion that somebody began and did not end, and return what it deleted.

    Raises: StoreError.
    """
    condemned = registry.find_condemned(name)
    if condemned is not None:
        registry.bury_collection(condemned)
    return condemned


def _made_before(row: CollectionRow) -> CollectionRow | None:
    """Return what this change made when it was carried out before."""
    made = registry.find_changed(row.name, row.id)
    if made is None and registry.is_past_change(row.name, row.id):
        raise NotFound("this change made a collection that was deleted since")
    return made


def _make(row: CollectionRow) -> CollectionRow:
    found = find_collection(row.name)
    if found is None:
        make_backing(row)
        crash_point("documents.backing_made")
        try:
            registry.insert_collection(row, row.id)
        except Conflict:
            found = find_collection(row.name)
        else:
            return row
    if found is not None and found.id == row.id:  # by another who carries out this change
        return found
    drop_backing(row)
    raise Conflict(TAKEN.format(row.name))


def _settle_indexes(name: str) -> None:
    """Make MongoDB's indexes those that are declared, also where others change the declaration at the same time."""
    row = find_collection(name)
    while row is not None:
        drop_indexes(row)
        make_indexes(row)
        settled, row = row, find_collection(name)
        if row is not None and row.version == settled.version:
            return
