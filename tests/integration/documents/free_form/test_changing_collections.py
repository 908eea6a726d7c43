"""Changing and deleting collections: whole or not at all, once per change, and the name is free again."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    PermissionRefused,
    PreconditionFailed,
    StoreError,
    StoreTimeout,
)
from core.ids import new_id
from core.preconditions import Precondition
from documents import registry, selectors, services
from documents.registry import PREFIX, documents_of
from documents.rows import Visibility
from documents.services import collections
from tests.integration.documents.free_form.conftest import behind

COUNTED = {"properties": {"n": {"type": "integer"}}, "required": ["n"]}


def keys(name):
    return sorted(next(iter(each["key"]))[0] for each in behind(name).index_information().values())


def backings(mongodb):
    return [name for name in mongodb.list_collection_names() if name.startswith(PREFIX)]


def test_parts_are_declared_anew_and_the_rest_stays(ada, books):
    before = selectors.collection_by_name(ada, books)
    changed = services.change_collection(ada, books, visibility="public", indexes=["shelf", "n"])
    assert changed == selectors.collection_by_name(ada, books)
    assert (changed.visibility, changed.indexes, changed.version) == (Visibility.PUBLIC, ("shelf", "n"), 2)
    assert (changed.id, changed.schema, changed.created) == (before.id, None, before.created)
    assert changed.updated > before.updated
    assert keys(books) == ["_id", "n", "shelf"]
    assert services.change_collection(ada, books, schema=COUNTED).schema == COUNTED
    assert services.change_collection(ada, books, schema=None).schema is None


def test_indexes_of_the_operators_stay(ada, books):
    behind(books).create_index("theirs")
    services.change_collection(ada, books, indexes=[])
    assert keys(books) == ["_id", "theirs"]


def test_the_same_declaration_changes_nothing(ada, books):
    before = selectors.collection_by_name(ada, books)
    assert services.change_collection(ada, books, visibility="private", indexes=list(before.indexes)) == before
    assert selectors.collection_by_name(ada, books) == before


@pytest.mark.parametrize(
    ("declared", "path"),
    [
        ({"visibility": "x"}, "visibility"),
        ({"schema": {"type": 1}}, "schema.type"),
        ({"indexes": ["$a"]}, "indexes[0]"),
    ],
)
def test_a_wrong_declaration_changes_nothing(ada, books, declared, path):
    before = selectors.collection_by_name(ada, books)
    with pytest.raises(InvalidInput) as refused:
        services.change_collection(ada, books, **{"visibility": "public", **declared})
    assert refused.value.path == path
    assert selectors.collection_by_name(ada, books) == before


def test_documents_that_do_not_fit_refuse_a_schema(ada, books):
    services.store_documents(
        ada, books, [{"_id": 1, "n": 1}, *({"_id": f"x{n}", "n": "x"} for n in range(9)), {"_id": 2}]
    )
    with pytest.raises(Conflict, match="do not fit this schema: 10, the first of them 2, x0, x1, x2, x3$"):
        services.change_collection(ada, books, schema=COUNTED)
    assert selectors.collection_by_name(ada, books).schema is None
    for number in range(9):
        services.delete_document(ada, books, f"x{number}")
    services.delete_document(ada, books, "2")
    assert services.change_collection(ada, books, schema=COUNTED).schema == COUNTED


def test_looking_at_all_documents_takes_no_longer_than_allowed(ada, books):
    services.store_documents(ada, books, [{"_id": number, "n": number} for number in range(3)])
    with pytest.raises(StoreTimeout):
        services.change_collection(ada, books, schema=COUNTED, timeout_s=0.0)
    assert selectors.collection_by_name(ada, books).schema is None
    assert services.change_collection(ada, books, schema=COUNTED, timeout_s=600).schema == COUNTED


def test_documents_may_be_left_until_they_are_written(ada, books):
    services.store_documents(ada, books, [{"_id": 1, "n": "x"}])
    services.change_collection(ada, books, schema=COUNTED, checks_documents=False)
    assert selectors.document_by_id(ada, books, "1").fields == {"n": "x"}
    (result,) = services.store_documents(ada, books, [{"_id": 1, "n": "y"}])
    assert (result.status, result.path) == ("rejected", "n")


def test_a_change_of_a_state_that_is_gone_is_refused(ada, books):
    first = selectors.collection_by_name(ada, books)
    services.change_collection(ada, books, visibility="public", precondition=Precondition(frozenset({first.tag})))
    for work in (services.change_collection, services.delete_collection):
        with pytest.raises(PreconditionFailed):
            work(ada, books, precondition=Precondition(frozenset({first.tag})))
    assert selectors.collection_by_name(ada, books).version == 2


def test_of_many_who_change_one_state_one_wins(ada, books):
    seen = Precondition(frozenset({selectors.collection_by_name(ada, books).tag}))

    def change(number):
        try:
            return services.change_collection(ada, books, indexes=[f"f{number}"], precondition=seen).indexes
        except PreconditionFailed:
            return None

    with ThreadPoolExecutor(8) as pool:
        won = [indexes for indexes in pool.map(change, range(8)) if indexes]
    assert len(won) == 1
    assert selectors.collection_by_name(ada, books).indexes == won[0]
    assert keys(books) == ["_id", *won[0]]


def test_whoever_changes_at_the_same_time_leaves_the_declared_indexes(ada, books):
    with ThreadPoolExecutor(6) as pool:
        changed = list(pool.map(lambda n: services.change_collection(ada, books, indexes=[f"f{n}", "all"]), range(6)))
    assert sorted(row.version for row in changed) == list(range(2, 8))
    last = selectors.collection_by_name(ada, books)
    assert keys(books) == sorted(["_id", *last.indexes])


def test_a_change_is_carried_out_once(ada, books):
    change, other = new_id(), new_id()
    assert not selectors.applied_change(books, change)
    first = services.change_collection(ada, books, visibility="public", change_id=change)
    assert selectors.applied_change(books, change)
    assert services.change_collection(ada, books, visibility="public", change_id=change) == first
    services.change_collection(ada, books, visibility="linked", change_id=other)
    again = services.change_collection(ada, books, visibility="public", change_id=change)
    assert (again.visibility, again.version) == (Visibility.LINKED, 3)


def test_a_change_that_changes_nothing_is_noted(ada, books):
    change = new_id()
    assert services.change_collection(ada, books, visibility="private", change_id=change).version == 1
    assert selectors.applied_change(books, change)


def test_a_collection_is_made_once_per_change(mongodb, ada, bob):
    change = new_id()

    def make(_):
        return services.create_collection(ada, "films", indexes=["n"], change_id=change)

    with ThreadPoolExecutor(8) as pool:
        made = {row.id for row in pool.map(make, range(8))}
    assert made == {selectors.collection_by_name(ada, "films").id}
    assert len(backings(mongodb)) == 1
    assert selectors.applied_change("films", change)
    with pytest.raises(Conflict):
        services.create_collection(ada, "films", change_id=new_id())
    services.delete_collection(ada, "films")
    assert selectors.applied_change("films", change)
    with pytest.raises(NotFound):
        make(0)
    assert backings(mongodb) == []


def test_making_that_was_cut_off_is_made_again(mongodb, ada, monkeypatch):
    change = new_id()
    kept = registry.insert_collection

    def cut(*_):
        raise StoreError("cut off", store="documents")

    monkeypatch.setattr(registry, "insert_collection", cut)
    with pytest.raises(StoreError):
        services.create_collection(ada, "films", change_id=change)
    monkeypatch.setattr(registry, "insert_collection", kept)
    made = services.create_collection(ada, "films", change_id=change)
    assert backings(mongodb) == [documents_of(made).name]


def test_a_deleted_collection_is_gone_with_its_documents_and_its_name_is_free(mongodb, ada, books):
    change = new_id()
    services.store_documents(ada, books, [{"_id": 1}])
    with pytest.raises(Conflict, match="holds documents"):
        services.delete_collection(ada, books, change_id=change)
    services.delete_collection(ada, books, with_documents=True, change_id=change)
    assert selectors.applied_change(books, change)
    with pytest.raises(NotFound):
        selectors.collection_by_name(ada, books)
    assert backings(mongodb) == []
    again = services.create_collection(ada, books)
    assert selectors.documents_page(ada, books, limit=1) == []
    services.delete_collection(ada, books, change_id=change)
    assert selectors.collection_by_name(ada, books) == again


def test_what_is_left_of_deleted_documents_does_not_keep_a_collection(ada, books):
    services.store_documents(ada, books, [{"_id": 1}])
    services.delete_document(ada, books, "1")
    services.delete_collection(ada, books)
    with pytest.raises(NotFound):
        services.delete_collection(ada, books)


@pytest.mark.parametrize("step", ["documents_of", "to_microseconds"])
def test_a_deletion_that_was_cut_off_is_finished_by_the_next(mongodb, ada, books, monkeypatch, step):
    """Once before the documents went, once after."""
    change = new_id()
    kept = getattr(registry, step)

    def cut(*_):
        raise StoreError("cut off", store="documents")

    monkeypatch.setattr(registry, step, cut)
    with pytest.raises(StoreError):
        services.delete_collection(ada, books, change_id=change)
    monkeypatch.setattr(registry, step, kept)
    assert not selectors.applied_change(books, change)
    with pytest.raises(NotFound):
        selectors.collection_by_name(ada, books)
    assert selectors.collections_page(ada, limit=10) == []
    services.delete_collection(ada, books, change_id=change)
    assert selectors.applied_change(books, change)
    assert backings(mongodb) == []
    assert mongodb[registry.TABLE].count_documents({}) == 0


def test_a_name_whose_deletion_was_cut_off_can_be_given(mongodb, ada, bob, books):
    row = selectors.collection_by_name(ada, books)
    assert registry.condemn_collection(row, new_id())
    made = services.create_collection(bob, books)
    assert backings(mongodb) == [documents_of(made).name]


def test_what_a_late_writer_made_again_goes_with_the_next_deletion(mongodb, ada, books):
    late = behind(books)
    services.delete_collection(ada, books)
    late.insert_one({"_id": 1})
    assert backings(mongodb) == [late.name]
    services.create_collection(ada, "films")
    services.delete_collection(ada, "films")
    assert backings(mongodb) == []


def test_only_who_writes_it_changes_and_deletes(ada, bob, operator, books):
    works = [
        lambda who: services.change_collection(who, books, visibility="public"),
        lambda who: services.delete_collection(who, books),
    ]
    for work in works:
        with pytest.raises(NotFound):
            work(bob)
    works[0](operator)
    for work in works:
        with pytest.raises(PermissionRefused):
            work(bob)
    works[1](operator)


def test_endless_contention_is_a_conflict(ada, books, monkeypatch):
    monkeypatch.setattr(registry, "update_collection", lambda *_args, **_kwargs: None)
    monkeypatch.setattr(collections, "MAX_ROUNDS", 2)
    with pytest.raises(Conflict, match="all the time"):
        services.change_collection(ada, books, visibility="public")
