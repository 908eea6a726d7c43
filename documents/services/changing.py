"""One document at a time: create, replace, merge-patch, each decided on what is there and guarded by its version.

Where another writer was faster the guard fails inside MongoDB's own update, and the decision is made anew on what is
there now; so a precondition holds for exactly the state that was replaced. Called by `api/`.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from core.errors import Conflict, InvalidInput, NotFound, OutcomeUnknown, TooLarge, TriviumError
from core.ids import new_id
from core.preconditions import UNCONDITIONAL, Precondition, tag_of
from core.principals import Principal
from core.times import from_microseconds
from documents.checks import META_FIELD, check_fields
from documents.failures import STORE
from documents.ids import ADDRESSABLE, ID_FIELD, parse_id
from documents.merging import keep_types, merge_patch
from documents.refusals import check_all
from documents.registry import documents_of
from documents.rows import CollectionRow, Document, ItemResult, Status
from documents.schemas import FieldsSchema
from documents.services import writing
from documents.services.access import writable_collection
from documents.services.writing import Decision, Prepared, Stored
from documents.values import read_document

FIELDS = "fields"
REFUSALS: Mapping[str, type[TriviumError]] = {kind.code: kind for kind in (Conflict, InvalidInput, TooLarge)}
Make = Callable[[Stored | None], Stored]
"""Makes the fields to store of those that are there; None where there is no document."""


@dataclass(frozen=True, slots=True)
class Written:
    """A document as it is after a write, and whether there was none before."""

    document: Document
    is_new: bool


def create_document(
    principal: Principal,
    collection: str,
    fields: Any,
    *,
    id_text: str | None = None,
) -> Document:
    """Store a new document under the id that a text names (`ids`) and an address can, or else a new UUIDv7.

    Raises: InvalidInput or TooLarge with the path of each wrong field, Conflict when the id is taken, NotFound or
    PermissionRefused when the collection is not the principal's to write; StoreError, OutcomeUnknown.
    """
    row = writable_collection(principal, collection)
    checked: Stored
    own_id, checked = check_all(lambda: new_id() if id_text is None else _read_id(id_text), lambda: _own_fields(fields))

    def make(there: Stored | None) -> Stored:
        if there is not None:
            raise Conflict("there is a document of this id already: replace or patch it, or choose another id")
        return checked

    return _write(row, own_id, make, UNCONDITIONAL).document


def replace_document(
    principal: Principal,
    collection: str,
    id_text: str,
    fields: Any,
    *,
    precondition: Precondition = UNCONDITIONAL,
) -> Written:
    """Store a document whole, in place of what is there; the same content again changes nothing.

    A value that reads as the stored one in its place keeps its type (`merging`).

    Raises: as `create_document` without Conflict; PreconditionFailed.
    """
    row = writable_collection(principal, collection)
    own_id, checked = check_all(lambda: _read_id(id_text), lambda: _own_fields(fields))
    return _write(row, own_id, lambda there: keep_types(checked, there or {}), precondition)


def patch_document(
    principal: Principal,
    collection: str,
    id_text: str,
    patch: Any,
    *,
    precondition: Precondition = UNCONDITIONAL,
) -> Document:
    """Change a document by a merge patch of its fields (RFC 7396); what the patch does not name stays as it is stored.

    Raises: as `replace_document`; NotFound when there is none.
    """
    row = writable_collection(principal, collection)
    own_id = existing_id(id_text)
    checked = _own_fields(patch)

    def make(there: Stored | None) -> Stored:
        merged: Stored = merge_patch(there, checked)
        return merged

    return _write(row, own_id, make, precondition, must_exist=True).document


def existing_id(id_text: str) -> Any:
    """Return the id that a text names. Raises: NotFound for a text that no id can have."""
    try:
        return parse_id(id_text)
    except InvalidInput as error:
        raise NotFound("no such document") from error


def tag_of_known(known: Stored | None) -> str | None:
    """Return the tag of what is known of an id; None where no document is."""
    if known is None or not _lives(known):
        return None
    envelope = known[META_FIELD]
    return tag_of(envelope["version"], from_microseconds(envelope["created"]))


@contextmanager
def _within_fields() -> Iterator[None]:
    """Put `fields` before the paths of what is wrong in them."""
    try:
        yield
    except InvalidInput as error:
        errors = [(f"{FIELDS}.{path}".rstrip("."), message) for path, message in error.errors]
        raise type(error)(error.message, path=f"{FIELDS}.{error.path}".rstrip("."), errors=errors) from error


def _own_fields(fields: Any) -> Stored:
    with _within_fields():
        checked: Stored
        _, checked = check_all(lambda: _refuse_id(fields), lambda: check_fields(fields))
        return checked


def _refuse_id(fields: Any) -> None:
    if isinstance(fields, Mapping) and ID_FIELD in fields:
        raise InvalidInput(f"{ID_FIELD} is no field: the id stands beside the fields", path=ID_FIELD)


def _read_id(id_text: str) -> Any:
    if not ADDRESSABLE.fullmatch(id_text):
        raise InvalidInput("an id that stands in an address is not empty, . or .., and holds no /", path="id")
    try:
        return parse_id(id_text)
    except InvalidInput as error:
        raise InvalidInput(error.message, path="id") from error


def _write(
    row: CollectionRow,
    own_id: Any,
    make: Make,
    precondition: Precondition,
    *,
    must_exist: bool = False,
) -> Written:
    for round_number in range(writing.MAX_ROUNDS):
        if round_number:
            time.sleep(random.uniform(0, writing.MAX_WAIT_S))  # noqa: S311 - so that writers step aside
        known = writing.read_known(documents_of(row), [own_id]).get(own_id)
        if must_exist and tag_of_known(known) is None:
            raise NotFound("no such document")
        precondition.check(tag_of_known(known))
        written = _try(row, Prepared(0, own_id, *_made(row, known, make)), known)
        if written is not None:
            return written
    raise Conflict("others write this document all the time: send it again")


def _made(row: CollectionRow, known: Stored | None, make: Make) -> tuple[Stored, bytes]:
    """Return the fields to store, held against the collection's schema, and as BSON."""
    there = None
    if known is not None and _lives(known):
        there = {name: value for name, value in known.items() if name not in (ID_FIELD, META_FIELD)}
    fields = make(there)
    with _within_fields():
        if row.schema is not None:
            FieldsSchema(row.schema).check(fields)
        return fields, writing.encode_fields(fields, documents_of(row).codec_options)


def _try(row: CollectionRow, item: Prepared, known: Stored | None) -> Written | None:
    """Write over what is known; None when another writer was faster."""
    decision = writing.decide(item, known, row.owner, documents_of(row).codec_options)
    if not isinstance(decision, Decision):
        return Written(read_document(known or {}), is_new=False)
    results: dict[int, ItemResult] = {}
    if writing.carry_out(documents_of(row), [decision], results):
        return None
    _raise_refusal(results[item.place])
    return Written(read_document(decision.stored), is_new=tag_of_known(known) is None)


def _raise_refusal(result: ItemResult) -> None:
    if result.status is Status.UNKNOWN:
        raise OutcomeUnknown(result.reason, store=STORE)
    if result.status is Status.REJECTED:
        raise REFUSALS[result.code](result.reason)


def _lives(known: Stored) -> bool:
    envelope = writing.envelope_of(known)
    return bool(envelope) and envelope.get("deleted") is None
