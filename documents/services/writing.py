"""One batch of documents into one collection: read what is there, write what differs, know what became of each.

A replacement is guarded by the version it was decided on, as an upsert: where another writer was faster, MongoDB finds
no such version, tries to insert, and reports the id as taken. So every item has an answer of its own, and the ones that
lost are looked at again. Called by `services.documents` and, for one document, by `services.changing`.
"""

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import bson
from bson.codec_options import CodecOptions
from pymongo import InsertOne, ReplaceOne
from pymongo.collection import Collection as MongoCollection
from pymongo.errors import BulkWriteError

from core.errors import Conflict, InvalidInput, OutcomeUnknown, StoreError, TooLarge
from core.times import now, to_microseconds
from documents.checks import META_FIELD
from documents.client import translated
from documents.failures import DUPLICATE_CODES, MAX_DOCUMENT_BYTES, STORE, TOO_LARGE_CODES
from documents.ids import ID_FIELD, write_id
from documents.rows import ItemResult, Status

MAX_BATCH_ITEMS = 1000
MAX_BATCH_BYTES = 16 * 1024 * 1024
ENVELOPE_BYTES = 1024
MAX_ROUNDS = 100
MAX_WAIT_S = 0.02

# BadValue, FailedToParse, TypeMismatch, DollarPrefixedFieldName to EmptyFieldName, DocumentValidationFailure.
REFUSED_CODES = frozenset({2, 9, 14, 52, 53, 54, 55, 56, 57, 121})

Stored = dict[str, Any]
Operation = InsertOne[Stored] | ReplaceOne[Stored]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An item that may be stored: its place among the items, its id, its own fields, and these as BSON."""

    place: int
    id: Any
    fields: Stored
    encoded: bytes


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done for an item: `stored` takes the place of what is there; `result` is its name when it did."""

    item: Prepared
    operation: Operation
    stored: Stored
    result: ItemResult


def cut_batches(items: Iterable[Prepared]) -> Iterator[list[Prepared]]:
    """Yield the items in order, in batches of bounded count and size in which no id stands twice."""
    batch: dict[Any, Prepared] = {}
    size = 0
    for item in items:
        size += len(item.encoded)
        if batch and (item.id in batch or len(batch) == MAX_BATCH_ITEMS or size > MAX_BATCH_BYTES):
            yield list(batch.values())
            batch, size = {}, len(item.encoded)
        batch[item.id] = item
    if batch:
        yield list(batch.values())


def encode_fields(fields: Stored, options: CodecOptions[Stored]) -> bytes:
    """Return the fields as BSON. Raises: InvalidInput for what BSON cannot hold, TooLarge above 16 MB with envelope."""
    with translated(writing=False):
        encoded = bson.encode(fields, codec_options=options)
    if len(encoded) > MAX_DOCUMENT_BYTES - ENVELOPE_BYTES:
        raise TooLarge(f"a document holds at most {MAX_DOCUMENT_BYTES} bytes: split it")
    return encoded


def write_batch(
    collection: MongoCollection[Stored],
    batch: Sequence[Prepared],
    *,
    owner: UUID,
    results: dict[int, ItemResult],
) -> None:
    """Store the items of a batch and put what became of each into `results`, by place.

    Raises: OutcomeUnknown when a write was not acknowledged, StoreError when nothing could be read: the items that are
    missing from `results` then have no answer.
    """
    pending = list(batch)
    for round_number in range(MAX_ROUNDS):
        if round_number:
            time.sleep(random.uniform(0, MAX_WAIT_S))  # noqa: S311 - so that writers of one document step aside
        known = read_known(collection, [item.id for item in pending])
        decisions = []
        for item in pending:
            decision = decide(item, known.get(item.id), owner, collection.codec_options)
            if isinstance(decision, Decision):
                decisions.append(decision)
            else:
                results[item.place] = decision
        pending = carry_out(collection, decisions, results)
        if not pending:
            return
    busy = Conflict("others write this document all the time: send it again")
    results.update((item.place, rejected(item, busy)) for item in pending)


def rejected(item: Prepared, error: Conflict | InvalidInput) -> ItemResult:
    """Return the result of an item that was refused."""
    path = error.path if isinstance(error, InvalidInput) else ""
    return ItemResult(Status.REJECTED, write_id(item.id), code=error.code, path=path, reason=error.message)


def unknown(item: Prepared, error: StoreError) -> ItemResult:
    """Return the result of an item that may be stored or not."""
    return ItemResult(Status.UNKNOWN, write_id(item.id), code=error.code, reason=error.message)


def read_known(collection: MongoCollection[Stored], ids: Sequence[Any]) -> dict[Any, Stored]:
    """Return what is there, by id, also what is left of deleted documents. Raises: StoreError."""
    with translated(writing=False):
        return {found[ID_FIELD]: found for found in collection.find({ID_FIELD: {"$in": list(ids)}})}


def decide(
    item: Prepared,
    known: Stored | None,
    owner: UUID,
    options: CodecOptions[Stored],
) -> Decision | ItemResult:
    """Decide what storing an item over what is known of its id does; an ItemResult when it does nothing."""
    moment = to_microseconds(now())
    envelope = {"owner": owner, "version": 1, "created": moment, "updated": moment, "deleted": None}
    stored = {ID_FIELD: item.id, META_FIELD: envelope, **item.fields}
    if known is None:
        return Decision(item, InsertOne(stored), stored, _done(Status.STORED, item, 1))
    there = envelope_of(known)
    is_deleted = there.get("deleted") is not None
    version = int(there.get("version", 0))
    if version and not is_deleted and _is_same(item, known, options):
        return _done(Status.UNCHANGED, item, version)
    envelope.update(version=version + 1, owner=there.get("owner", owner), created=there.get("created", moment))
    guard = {ID_FIELD: item.id, f"{META_FIELD}.version": version or {"$not": {"$gte": 1}}}
    status = Status.STORED if is_deleted else Status.REPLACED
    return Decision(item, ReplaceOne(guard, stored, upsert=True), stored, _done(status, item, version + 1))


def envelope_of(known: Stored) -> Stored:
    """Return a document's envelope; what somebody wrote past this room has none."""
    meta = known.get(META_FIELD)
    if not isinstance(meta, dict) or not isinstance(meta.get("version"), int) or meta["version"] < 1:
        return {}
    return meta


def carry_out(
    collection: MongoCollection[Stored],
    decisions: Sequence[Decision],
    results: dict[int, ItemResult],
) -> list[Prepared]:
    """Write, put what became of the items into `results`, and return those whose document another changed meanwhile.

    Raises: OutcomeUnknown.
    """
    errors = _bulk_write(collection, [decision.operation for decision in decisions]) if decisions else {}
    lost = []
    for number, decision in enumerate(decisions):
        error = errors.get(number)
        if error is None:
            results[decision.item.place] = decision.result
        elif error["code"] in DUPLICATE_CODES and set(error.get("keyPattern", ())) == {ID_FIELD}:
            lost.append(decision.item)
        elif (refusal := _refusal(error)) is not None:
            results[decision.item.place] = rejected(decision.item, refusal)
        else:
            results[decision.item.place] = unknown(decision.item, OutcomeUnknown(str(error.get("errmsg")), store=STORE))
    return lost


def _bulk_write(collection: MongoCollection[Stored], operations: list[Operation]) -> dict[int, Mapping[str, Any]]:
    """Return what MongoDB refused, by place. Raises: OutcomeUnknown."""
    try:
        with translated(writing=True):
            try:
                collection.bulk_write(operations, ordered=False)
            except BulkWriteError as error:
                if error.details["writeConcernErrors"]:
                    raise OutcomeUnknown("MongoDB did not acknowledge a write; send it again", store=STORE) from error
                return {each["index"]: each for each in error.details["writeErrors"]}
    except OutcomeUnknown:
        raise
    except StoreError as error:  # it may have come after the first of several messages
        raise OutcomeUnknown(error.message, store=STORE) from error
    return {}


def _refusal(error: Mapping[str, Any]) -> Conflict | InvalidInput | None:
    """Return why MongoDB refused an item for good; None for an error that says nothing about the item."""
    if error["code"] in DUPLICATE_CODES:
        return Conflict("a unique index has this value already")
    if error["code"] in TOO_LARGE_CODES:
        return TooLarge(f"a document holds at most {MAX_DOCUMENT_BYTES} bytes: split it")
    if error["code"] in REFUSED_CODES:
        return InvalidInput(f"MongoDB refused it: {str(error.get('errmsg', ''))[:200]}")
    return None


def _done(status: Status, item: Prepared, version: int) -> ItemResult:
    return ItemResult(status, write_id(item.id), version)


def _is_same(item: Prepared, known: Stored, options: CodecOptions[Stored]) -> bool:
    there = {key: value for key, value in known.items() if key not in (ID_FIELD, META_FIELD)}
    return bson.encode(there, codec_options=options) == item.encoded or same_content(there, item.fields)


def same_content(one: Any, other: Any) -> bool:
    """Tell whether two values say the same: the order of an object's keys says nothing, 1 and 1.0 and true differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_content(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_content, one, other))
    if type(one) is not type(other) and not _are_integers(one, other):
        return False
    return bool(one == other)


def _are_integers(one: Any, other: Any) -> bool:
    return all(isinstance(value, int) and not isinstance(value, bool) for value in (one, other))
