"""Storing items: each has its own result, the same content again changes nothing, nothing is half-written."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from bson import Decimal128, Int64, ObjectId, Regex

from core.errors import NotFound, PermissionRefused
from core.times import now, to_microseconds
from documents import selectors, services
from documents.rows import Status
from documents.services import writing
from tests.integration.documents.free_form.conftest import behind

OBJECT_ID = "5ca4bbcea2dd94ee58162a68"
UUID_TEXT = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


def statuses(results):
    return [str(result.status) for result in results]


def store(principal, collection, *items):
    return services.store_documents(principal, collection, items)


def raw(collection, **wanted):
    return behind(collection).find_one(wanted)


def test_every_item_has_its_own_result_in_order(ada, books):
    items = [{"_id": "a", "n": 1}, {"_id": "b", "$n": 1}, {"_id": "c", "n": [1, {"x": 2**64}]}, {"n": 4}, "five"]
    results = store(ada, books, *items)
    assert statuses(results) == ["stored", "rejected", "rejected", "stored", "rejected"]
    assert [(result.code, result.path) for result in results if result.code] == [
        ("invalid_input", "$n"),
        ("invalid_input", "n[1].x"),
        ("invalid_input", ""),
    ]
    assert [result.id for result in results][:3] == ["a", "b", "c"]
    assert UUID(results[3].id).version == 7
    assert {page.id for page in selectors.documents_page(ada, books, limit=10)} == {"a", results[3].id}


def test_an_envelope_stands_beside_the_users_own_fields(ada, books):
    before = now()
    store(ada, books, {"_id": "a", "title": "Emma", "owner": "mine", "version": "mine"})
    document = selectors.document_by_id(ada, books, "a")
    assert document.fields == {"title": "Emma", "owner": "mine", "version": "mine"}
    assert (document.id, document.owner, document.version) == ("a", ada.user_id, 1)
    assert document.created == document.updated
    assert before <= document.created <= now()
    meta = raw(books, _id="a")["_meta"]
    assert set(meta) == {"owner", "version", "created", "updated", "deleted"}
    assert meta["created"] == to_microseconds(document.created)
    assert isinstance(meta["created"], Int64)


def test_the_same_content_again_changes_nothing(ada, books):
    item = {
        "_id": 1,
        "text": "é",
        "whole": 2**40,
        "real": 1.5,
        "truth": True,
        "nothing": None,
        "nested": {"list": [1, {"deep": []}]},
        "time": datetime(2026, 1, 31, tzinfo=UTC),
        "uuid": UUID(UUID_TEXT),
        "object_id": ObjectId(OBJECT_ID),
        "decimal": Decimal("1.10"),
        "bytes": b"\0\1",
        "regex": Regex("a+"),
    }
    assert statuses(store(ada, books, item)) == ["stored"]
    first = raw(books, _id=1)
    assert statuses(store(ada, books, item, dict(reversed(item.items())))) == ["unchanged", "unchanged"]
    assert raw(books, _id=1) == first


@pytest.mark.parametrize("other", [2, 1.0, True, "1", Decimal(1), [1], {"n": 1}, None])
def test_other_content_replaces_the_document_whole(ada, books, other):
    store(ada, books, {"_id": 1, "n": 1, "gone": "with it"})
    first = selectors.document_by_id(ada, books, "1")
    (result,) = store(ada, books, {"_id": 1, "n": other})
    second = selectors.document_by_id(ada, books, "1")
    assert (result.status, result.version) == (Status.REPLACED, 2)
    assert second.fields.keys() == {"n"}
    assert (second.version, second.created) == (2, first.created)
    assert second.updated > first.updated


def test_of_two_items_with_one_id_the_later_wins(ada, books):
    results = store(ada, books, {"_id": "7", "n": 1}, {"_id": 7, "n": 1}, {"_id": 7, "n": 2})
    assert [(str(each.status), each.version) for each in results] == [("stored", 1), ("unchanged", 1), ("replaced", 2)]
    assert selectors.document_by_id(ada, books, "7").fields == {"n": 2}


@pytest.mark.parametrize(
    ("given", "stored", "text"),
    [
        (OBJECT_ID, ObjectId(OBJECT_ID), OBJECT_ID),
        (ObjectId(OBJECT_ID), ObjectId(OBJECT_ID), OBJECT_ID),
        (UUID_TEXT, UUID(UUID_TEXT), UUID_TEXT),
        (UUID(UUID_TEXT), UUID(UUID_TEXT), UUID_TEXT),
        ("-17", -17, "-17"),
        (17, 17, "17"),
        ("00017", "00017", "00017"),
        (OBJECT_ID.upper(), OBJECT_ID.upper(), OBJECT_ID.upper()),
        ("Ärger/1", "Ärger/1", "Ärger/1"),
    ],
)
def test_an_id_is_what_its_text_says(ada, books, given, stored, text):
    (result,) = store(ada, books, {"_id": given})
    assert result.id == text
    assert raw(books)["_id"] == stored
    assert selectors.document_by_id(ada, books, text).id == text


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "not empty"),
        ("a\0", "NUL"),
        ("\ud800", "surrogate"),
        ("ä" * 300, "at most 512 bytes"),
        (1.5, "not float"),
        (True, "not bool"),
        ([1], "not list"),
        ({"a": 1}, "not dict"),
        (2**63, "beyond 64 bits"),
    ],
)
def test_what_no_id_can_be_is_refused(ada, books, given, reason):
    (result,) = store(ada, books, {"_id": given, "n": 1})
    assert (result.status, result.path) == (Status.REJECTED, "_id")
    assert reason in result.reason
    assert selectors.documents_page(ada, books, limit=1) == []


def test_documents_hold_16_mebibytes_with_their_envelope(ada, books):
    results = store(ada, books, {"_id": "fits", "text": "x" * (16 * 2**20 - 2048)}, {"_id": "not", "text": "x" * 2**24})
    assert [(str(each.status), each.code) for each in results] == [("stored", ""), ("rejected", "too_large")]
    assert len(selectors.document_by_id(ada, books, "fits").fields["text"]) == 16 * 2**20 - 2048


def test_a_hundred_levels_and_no_more(ada, books):
    fits: dict[str, object] = {"n": 1}
    for _ in range(99):
        fits = {"n": fits}
    results = store(ada, books, {"_id": "fits", **fits}, {"_id": "not", "n": fits})
    assert statuses(results) == ["stored", "rejected"]
    assert "100 levels" in results[1].reason
    assert selectors.document_by_id(ada, books, "fits").fields == fits


def test_thousands_of_documents_go_in_batches(ada, books, commands):
    items = [{"_id": number, "n": number} for number in range(2500)]
    assert Counter(statuses(store(ada, books, *items))) == {"stored": 2500}
    assert Counter(commands) == {"find": 1 + 3, "insert": 3}
    assert Counter(statuses(store(ada, books, *items))) == {"unchanged": 2500}
    assert behind(books).count_documents({"_meta.version": 1}) == 2500


def test_a_writer_that_was_overtaken_looks_again(ada, books, monkeypatch):

    store(ada, books, {"_id": 1, "n": 1})
    kept = writing.read_known

    def read_then_let_another_write(collection, items):
        known = kept(collection, items)
        monkeypatch.setattr(writing, "read_known", kept)
        store(ada, books, {"_id": 1, "n": "another's"})
        return known

    monkeypatch.setattr(writing, "read_known", read_then_let_another_write)
    (result,) = store(ada, books, {"_id": 1, "n": 2})
    assert (result.status, result.version) == (Status.REPLACED, 3)


def test_twelve_writers_of_one_document_lose_no_version(ada, books):
    def write(writer):
        return [store(ada, books, {"_id": 1, "by": f"{writer}-{turn}"}, {"by": writer})[0] for turn in range(15)]

    with ThreadPoolExecutor(12) as pool:
        results = [result for each in pool.map(write, range(12)) for result in each]
    assert Counter(str(result.status) for result in results) == {"stored": 1, "replaced": 179}
    assert sorted(result.version for result in results) == list(range(1, 181))
    assert selectors.document_by_id(ada, books, "1").version == 180


def test_writers_of_the_same_content_write_it_once(ada, books):
    items = [{"_id": number, "n": "same"} for number in range(50)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: store(ada, books, *items), range(8)))
    assert Counter(status for each in results for status in statuses(each)) == {"stored": 50, "unchanged": 350}
    assert behind(books).count_documents({"_meta.version": 1}) == 50


def test_what_the_schema_refuses_is_rejected_with_its_path(mongodb, ada):
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"lines": {"type": "array", "items": {"$ref": "#/$defs/line"}}, "when": {"type": "string"}},
        "required": ["lines"],
        "$defs": {"line": {"properties": {"pieces": {"type": "integer", "minimum": 1}}}},
    }
    services.create_collection(ada, "orders", schema=schema)
    results = store(
        ada,
        "orders",
        {"lines": [{"pieces": 1}], "when": now().replace(microsecond=0)},
        {"lines": [{"pieces": 2}, {"pieces": 0}]},
        {},
    )
    assert statuses(results) == ["stored", "rejected", "rejected"]
    assert [result.path for result in results[1:]] == ["lines[1].pieces", "lines"]
    assert "'lines' is a required property" in results[2].reason


def test_a_validator_or_unique_index_of_the_operators_is_a_rejection(mongodb, ada, books):
    stored = behind(books)
    stored.create_index("isbn", unique=True, partialFilterExpression={"isbn": {"$exists": True}})
    mongodb.command("collMod", stored.name, validator={"n": {"$ne": 13}})
    results = store(ada, books, {"_id": 1, "isbn": 1}, {"_id": 2, "isbn": 1}, {"_id": 3, "n": 13}, {"_id": 4})
    assert statuses(results) == ["stored", "rejected", "rejected", "stored"]
    assert [result.code for result in results[1:3]] == ["conflict", "invalid_input"]


def test_a_deleted_document_is_gone_and_its_version_goes_on(ada, books):
    store(ada, books, {"_id": 1, "secret": "x"})
    services.delete_document(ada, books, "1")
    with pytest.raises(NotFound):
        selectors.document_by_id(ada, books, "1")
    assert selectors.documents_page(ada, books, limit=1) == []
    assert selectors.documents_by_values(ada, books, "_id", ["1"], limit_per_value=1) == {"1": []}
    kept = raw(books, _id=1)
    assert kept.keys() == {"_id", "_meta"}
    assert kept["_meta"]["version"] == 2
    with pytest.raises(NotFound):
        services.delete_document(ada, books, "1")
    (result,) = store(ada, books, {"_id": 1, "secret": "x"})
    assert (result.status, result.version) == (Status.STORED, 3)


def test_only_the_owner_and_operators_write(ada, bob, operator, books):
    store(ada, books, {"_id": 1, "n": 1})
    for work in (lambda: store(bob, books, {"_id": 1, "n": 2}), lambda: services.delete_document(bob, books, "1")):
        with pytest.raises(NotFound):
            work()
    services.create_collection(ada, "shared", visibility="public")
    with pytest.raises(PermissionRefused, match="only its owner writes"):
        store(bob, "shared", {"_id": 1})
    assert statuses(store(operator, books, {"_id": 1, "n": 2})) == ["replaced"]
    assert selectors.document_by_id(ada, books, "1").owner == ada.user_id
    with pytest.raises(NotFound):
        store(ada, "nowhere", {"_id": 1})


def test_what_somebody_wrote_past_this_room_is_no_document_until_it_is_stored(ada, books):
    behind(books).insert_many([{"_id": 1, "n": 1}, {"_id": 2, "_meta": "odd"}])
    assert selectors.documents_page(ada, books, limit=10) == []
    with pytest.raises(NotFound):
        selectors.document_by_id(ada, books, "2")
    assert [(str(each.status), each.version) for each in store(ada, books, {"_id": 1, "n": 1}, {"_id": 2})] == [
        ("replaced", 1),
        ("replaced", 1),
    ]


def test_times_and_decimals_come_back_as_they_went(ada, books):
    item = {"when": datetime(2026, 1, 31, 12, tzinfo=UTC) + timedelta(milliseconds=5), "price": Decimal("12.30")}
    store(ada, books, {"_id": 1, **item})
    assert selectors.document_by_id(ada, books, "1").fields == item
    assert raw(books, _id=1)["price"] == Decimal128("12.30")
