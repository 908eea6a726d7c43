"""One document at a time: a condition holds for exactly the state that is replaced, and nothing untouched changes."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier
from uuid import UUID

import pytest
from bson import Binary, Decimal128, Int64, ObjectId, Regex

from core.errors import Conflict, InvalidInput, NotFound, PermissionRefused, PreconditionFailed, TooLarge
from core.preconditions import ANYTHING, Precondition
from documents import selectors, services
from documents.services import changing, writing
from tests.integration.documents.free_form.conftest import behind

ABSENT = Precondition(none_of=frozenset({ANYTHING}))
LOADED = {
    "object_id": ObjectId("5ca4bbcea2dd94ee58162a68"),
    "uuid": UUID(int=7),
    "when": datetime(2026, 1, 31, 12, tzinfo=UTC),
    "price": Decimal128("12.30"),
    "bytes": Binary(b"\0\1", 5),
    "regex": Regex("a+", "i"),
    "long": Int64(5),
    "real": 1.0,
    "nested": {"ids": [ObjectId("5ca4bbcea2dd94ee58162a69"), 1.0, 1]},
}


def only(document):
    """Demand the state in which a document was read."""
    return Precondition(one_of=frozenset({document.tag}))


def raw(collection, **wanted):
    return behind(collection).find_one(wanted)


def test_a_document_is_created_once(ada, books):
    made = services.create_document(ada, books, {"title": "Emma"}, id_text="emma")
    assert made == selectors.document_by_id(ada, books, "emma")
    assert (made.version, made.fields, made.owner) == (1, {"title": "Emma"}, ada.user_id)
    with pytest.raises(Conflict, match="of this id already"):
        services.create_document(ada, books, {"title": "Emma"}, id_text="emma")
    assert UUID(services.create_document(ada, books, {}).id).version == 7


def test_a_document_is_replaced_whole_or_made(ada, books):
    made = services.replace_document(ada, books, "emma", {"title": "Emma", "gone": 1})
    assert made.is_new
    same = services.replace_document(ada, books, "emma", {"gone": 1, "title": "Emma"})
    assert (same.is_new, same.document) == (False, made.document)
    other = services.replace_document(ada, books, "emma", {"title": "Emma"})
    assert (other.is_new, other.document.version, other.document.fields) == (False, 2, {"title": "Emma"})
    assert other.document == selectors.document_by_id(ada, books, "emma")


def test_a_deleted_document_is_made_anew_and_its_version_goes_on(ada, books):
    first = services.create_document(ada, books, {"n": 1}, id_text="x")
    services.delete_document(ada, books, "x")
    for precondition in (only(first), Precondition(one_of=frozenset({ANYTHING}))):
        with pytest.raises(PreconditionFailed):
            services.replace_document(ada, books, "x", {"n": 1}, precondition=precondition)
    with pytest.raises(NotFound):
        services.patch_document(ada, books, "x", {}, precondition=only(first))
    again = services.create_document(ada, books, {"n": 1}, id_text="x")
    assert (again.version, again.created) == (3, first.created)


def test_a_patch_leaves_what_it_does_not_name_as_it_is_stored(ada, books):
    services.store_documents(ada, books, [{"_id": 1, **LOADED, "n": 1, "gone": 1}])
    before = raw(books, _id=1)
    patched = services.patch_document(ada, books, "1", {"n": 2, "gone": None, "nested": {"more": [1]}})
    assert (patched.version, patched.fields["n"]) == (2, 2)
    after = raw(books, _id=1)
    assert "gone" not in after
    assert after["nested"] == {"ids": before["nested"]["ids"], "more": [1]}
    assert [repr(after[name]) for name in LOADED if name != "nested"] == [
        repr(before[name]) for name in LOADED if name != "nested"
    ]
    assert repr(after["nested"]["ids"]) == repr(before["nested"]["ids"])


def test_a_patch_that_changes_nothing_changes_nothing(ada, books):
    services.store_documents(ada, books, [{"_id": 1, **LOADED}])
    before = raw(books, _id=1)
    assert services.patch_document(ada, books, "1", {"nowhere": None, "nested": {}, "long": 5}).version == 1
    assert raw(books, _id=1) == before


def test_wrong_fields_are_named_each(mongodb, ada):
    schema = {
        "properties": {"n": {"type": "integer"}, "at": {"properties": {"city": {"type": "string"}}}},
        "required": ["n", "name"],
    }
    services.create_collection(ada, "people", schema=schema)
    with pytest.raises(InvalidInput) as refused:
        services.create_document(ada, "people", {"n": "x", "at": {"city": 5}})
    assert sorted(path for path, _ in refused.value.errors) == ["fields.at.city", "fields.n", "fields.name"]
    services.create_document(ada, "people", {"n": 1, "name": "A"}, id_text="a")
    with pytest.raises(InvalidInput) as refused:
        services.patch_document(ada, "people", "a", {"name": None})
    assert refused.value.path == "fields.name"
    assert selectors.document_by_id(ada, "people", "a").version == 1


@pytest.mark.parametrize("fields", [{"_id": 1}, {"_meta": 1}, {"$set": 1}, {"a.b": 1}, {"": 1}, {"a": {"$b": None}}])
def test_what_no_document_holds_is_refused_everywhere(ada, books, fields):
    services.create_document(ada, books, {"n": 1}, id_text="x")
    works = [
        lambda: services.create_document(ada, books, fields),
        lambda: services.replace_document(ada, books, "x", fields),
        lambda: services.patch_document(ada, books, "x", fields),
        lambda: services.patch_document(ada, books, "x", dict.fromkeys(fields)),
    ]
    for work in works[: 3 if "a" in fields else 4]:
        with pytest.raises(InvalidInput) as refused:
            work()
        assert refused.value.path.startswith("fields")
    assert selectors.document_by_id(ada, books, "x").version == 1


def test_a_patched_document_holds_16_mebibytes_too(ada, books):
    services.create_document(ada, books, {"one": "x" * 9 * 2**20}, id_text="x")
    with pytest.raises(TooLarge, match="split it"):
        services.patch_document(ada, books, "x", {"two": "x" * 9 * 2**20})
    assert selectors.document_by_id(ada, books, "x").version == 1


def test_what_somebody_wrote_past_this_room_is_replaced_only(ada, books):
    behind(books).insert_one({"_id": 1, "n": 1})
    with pytest.raises(NotFound):
        services.delete_document(ada, books, "1")
    with pytest.raises(NotFound):
        services.patch_document(ada, books, "1", {"n": 2})
    assert raw(books, _id=1) == {"_id": 1, "n": 1}
    assert services.replace_document(ada, books, "1", {"n": 2}, precondition=ABSENT).is_new


def test_only_who_writes_the_collection_writes(ada, bob, operator, books):
    services.create_document(ada, books, {"n": 1}, id_text="x")
    works = [
        lambda who: services.create_document(who, books, {"n": 2}),
        lambda who: services.replace_document(who, books, "x", {"n": 2}),
        lambda who: services.patch_document(who, books, "x", {"n": 3}),
        lambda who: services.delete_document(who, books, "x"),
    ]
    for error in (NotFound, PermissionRefused):
        for work in works:
            with pytest.raises(error):
                work(bob)
        services.change_collection(ada, books, visibility="public")
    for work in works:
        work(operator)


WRITERS, TURNS = 8, 12
WORKS = {
    "replace": lambda who, condition, n: services.replace_document(who, "books", "x", {"n": n}, precondition=condition),
    "patch": lambda who, condition, n: services.patch_document(who, "books", "x", {"n": n}, precondition=condition),
    "delete": lambda who, condition, _: services.delete_document(who, "books", "x", precondition=condition),
    "create": lambda who, condition, n: services.replace_document(who, "books", "x", {"n": n}, precondition=ABSENT),
}


@pytest.mark.parametrize("work", WORKS)
def test_of_many_who_write_over_one_state_exactly_one_wins(ada, books, work):
    together = Barrier(WRITERS)

    def write(number):
        together.wait()
        try:
            WORKS[work](ada, condition, number)
        except (PreconditionFailed, NotFound) as error:
            return error.code
        return "won"

    with ThreadPoolExecutor(WRITERS) as pool:
        for turn in range(TURNS):
            seen = services.replace_document(ada, books, "x", {"turn": turn, "n": None}).document
            if work == "create":
                services.delete_document(ada, books, "x")
            condition = only(seen)
            outcomes = Counter(pool.map(write, range(WRITERS)))
            assert outcomes.pop("won") == 1, outcomes
            assert set(outcomes) <= {"precondition_failed", "not_found" if work == "delete" else ""}


def count_up(principal, write):
    """Let WRITERS add 1 to a document TURNS times each, and return what the document says in the end."""
    services.create_document(principal, "books", {"n": 0}, id_text="x")
    together = Barrier(WRITERS)

    def add(_):
        together.wait()
        for _turn in range(TURNS):
            while not write(selectors.document_by_id(principal, "books", "x")):
                pass

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(add, range(WRITERS)))
    return selectors.document_by_id(principal, "books", "x").fields["n"]


def test_no_update_is_lost_under_a_condition(ada, books):
    def write(seen):
        try:
            services.patch_document(ada, books, "x", {"n": seen.fields["n"] + 1}, precondition=only(seen))
        except PreconditionFailed:
            return False
        return True

    assert count_up(ada, write) == WRITERS * TURNS


def test_control_reading_checking_and_then_writing_loses_updates(ada, books):
    """The naive way: the condition is checked on what was read, the write itself is not guarded by the version."""

    def write(seen):
        now = selectors.document_by_id(ada, books, "x")
        if now.tag != seen.tag:
            return False
        behind(books).update_one({"_id": "x"}, {"$set": {"n": seen.fields["n"] + 1}, "$inc": {"_meta.version": 1}})
        return True

    assert count_up(ada, write) < WRITERS * TURNS


def test_patches_of_several_fields_at_once_all_stay(ada, books):
    services.create_document(ada, books, {}, id_text="x")

    def patch(writer):
        for turn in range(TURNS):
            services.patch_document(ada, books, "x", {f"w{writer}": {f"t{turn}": turn}})

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(patch, range(WRITERS)))
    document = selectors.document_by_id(ada, books, "x")
    turns = {f"t{turn}": turn for turn in range(TURNS)}
    assert document.fields == {f"w{writer}": turns for writer in range(WRITERS)}
    assert document.version == 1 + WRITERS * TURNS


def test_endless_contention_is_a_conflict(ada, books, monkeypatch):
    services.create_document(ada, books, {"n": 1}, id_text="x")
    monkeypatch.setattr(writing, "MAX_ROUNDS", 3)
    monkeypatch.setattr(changing, "_try", lambda *_: None)
    with pytest.raises(Conflict, match="all the time"):
        services.patch_document(ada, books, "x", {"n": 2})


def test_a_refusal_of_the_operators_index_is_told(ada, books):
    behind(books).create_index("isbn", unique=True, partialFilterExpression={"isbn": {"$exists": True}})
    services.create_document(ada, books, {"isbn": 1})
    with pytest.raises(Conflict, match="unique index"):
        services.create_document(ada, books, {"isbn": 1})


def test_numbers_come_back_as_they_went(ada, books):
    made = services.create_document(ada, books, {"a": 1, "b": 1.0, "c": 2**62, "d": Decimal("1.50")})
    assert repr(selectors.document_by_id(ada, books, made.id).fields) == repr(
        {"a": 1, "b": 1.0, "c": 2**62, "d": Decimal("1.50")}
    )
