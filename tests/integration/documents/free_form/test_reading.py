"""Reading documents: pages over every type of id, conditions, and one batch for many values."""

from datetime import UTC, datetime

import pytest
from bson import ObjectId

from core.errors import InvalidInput, NotFound, UnsupportedQuery
from core.ids import new_id
from documents import selectors, services
from documents.conditions import read_condition
from documents.rows import Condition
from documents.values import convert_value, parse_object_id, values_at
from tests.integration.documents.free_form.conftest import behind


def ids(documents):
    return [document.id for document in documents]


@pytest.fixture
def shelf(ada, books):
    """Twelve books on three shelves, with one or two authors."""
    items = [
        {
            "_id": number,
            "shelf": number % 3,
            "authors": ["Ada", f"Author {number}"],
            "price": {"amount": number * 1.5, "currency": "EUR"},
            "sold": datetime(2026, 1, number, tzinfo=UTC),
            "zip": f"{number:05}",
            **({"lost": None} if number == 12 else {}),
        }
        for number in range(1, 13)
    ]
    assert {str(each.status) for each in services.store_documents(ada, books, items)} == {"stored"}
    return books


def test_pages_go_over_every_type_of_id_once(ada, books):
    own = ["b", "a", 5, -3, 10**18, "00001", str(new_id()), str(ObjectId()), "zz"]
    services.store_documents(ada, books, [{"_id": each} for each in own])
    seen, after = [], ""
    while page := selectors.documents_page(ada, books, limit=2, after=after):
        seen += ids(page)
        after = seen[-1]
    assert len(seen) == len(own)
    assert set(seen) == {str(each) for each in own}
    assert seen[:4] == ["-3", "5", str(10**18), "00001"]


def test_a_page_begins_after_an_id_that_is_gone(ada, shelf):
    services.delete_document(ada, shelf, "5")
    assert ids(selectors.documents_page(ada, shelf, limit=2, after="5")) == ["6", "7"]


def test_a_page_walks_the_index_and_not_the_collection(ada, shelf):
    stored = behind(shelf)
    wanted = {"$and": [{}, selectors._after("9"), selectors.NOT_DELETED, {}]}
    plan = stored.find(wanted).sort("_id", 1).limit(2).explain()["executionStats"]
    assert (plan["nReturned"], plan["totalKeysExamined"]) == (2, 2)


@pytest.mark.parametrize(
    ("path", "operator", "value", "found"),
    [
        ("shelf", "eq", 1, "1 4 7 10"),
        ("shelf", "in", [1, 2], "1 2 4 5 7 8 10 11"),
        ("price.amount", "gt", 15, "11 12"),
        ("price.amount", "gte", 15, "10 11 12"),
        ("price.amount", "lt", 3.0, "1"),
        ("price.amount", "lte", 3.0, "1 2"),
        ("sold", "gte", datetime(2026, 1, 11, tzinfo=UTC), "11 12"),
        ("authors", "eq", "Author 3", "3"),
        ("lost", "exists", True, "12"),
        ("nowhere", "exists", True, ""),
        ("_id", "in", ["3", 4], "3 4"),
        ("price.currency", "eq", "$price.currency", ""),
        ("shelf", "gt", "a", ""),
    ],
)
def test_conditions(ada, shelf, path, operator, value, found):
    conditions = [Condition(path, operator, value)]
    assert ids(selectors.documents_page(ada, shelf, limit=100, conditions=conditions)) == found.split()


def test_conditions_hold_together(ada, shelf):
    conditions = [
        Condition("shelf", "eq", 0),
        Condition("price.amount", "gt", 5),
        Condition("price.amount", "lt", 14),
    ]
    assert ids(selectors.documents_page(ada, shelf, limit=100, conditions=conditions)) == ["6", "9"]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([("l", "gt", "1"), ("l", "lt", "9")], "apart within"),
        ([("l", "gt", "10"), ("l", "lt", "9")], ""),
        ([("o.k", "eq", "3"), ("o.v", "eq", "2")], "apart within"),
        ([("o.k", "eq", "3"), ("o.v", "eq", "5")], ""),
    ],
)
def test_each_condition_may_hold_for_another_element(ada, books, texts, found):
    apart = {"_id": "apart", "l": [0, 10], "o": [{"k": 1, "v": 2}, {"k": 3, "v": 4}]}
    within = {"_id": "within", "l": [5], "o": [{"k": 3, "v": 2}]}
    services.store_documents(ada, books, [apart, within, {"_id": "none", "l": [0], "o": [{"k": 1, "v": 2}]}])
    conditions = [read_condition(*each) for each in texts]
    assert ids(selectors.documents_page(ada, books, limit=100, conditions=conditions)) == found.split()


@pytest.mark.parametrize(
    ("path", "operator", "text", "found"),
    [
        ("shelf", "eq", "1", "1 4 7 10"),
        ("zip", "eq", "00003", "3"),
        ("price.amount", "eq", "4.5", "3"),
        ("price.amount", "gte", "16.5", "11 12"),
        ("sold", "lt", "2026-01-03T00:00:00Z", "1 2"),
        ("_id", "in", "2,11", "2 11"),
        ("lost", "exists", "true", "12"),
    ],
)
def test_conditions_as_an_address_writes_them(ada, shelf, path, operator, text, found):
    conditions = [read_condition(path, operator, text)]
    assert ids(selectors.documents_page(ada, shelf, limit=100, conditions=conditions)) == found.split()


@pytest.mark.parametrize(
    ("condition", "error"),
    [
        (Condition("$where", "eq", "1"), InvalidInput),
        (Condition("a.$b", "eq", 1), InvalidInput),
        (Condition("a..b", "eq", 1), InvalidInput),
        (Condition("_meta.owner", "eq", 1), InvalidInput),
        (Condition("a", "eq", {"$gt": 0}), InvalidInput),
        (Condition("a", "in", "abc"), InvalidInput),
        (Condition("a", "exists", 1), InvalidInput),
        (Condition("a", "lt", None), InvalidInput),
        (Condition("a", "lt", 2**64), InvalidInput),
        (Condition("a", "regex", ".*"), UnsupportedQuery),
        (Condition("a", "$where", "1"), UnsupportedQuery),
    ],
)
def test_what_is_no_condition_is_refused(ada, shelf, condition, error):
    with pytest.raises(error) as refused:
        selectors.documents_page(ada, shelf, limit=1, conditions=[condition])
    assert refused.value.path == condition.path


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_limits_are_bounded(ada, shelf, limit):
    with pytest.raises(InvalidInput, match="between 1 and 10000"):
        selectors.documents_page(ada, shelf, limit=limit)
    with pytest.raises(InvalidInput, match="between 1 and 10000"):
        selectors.documents_by_values(ada, shelf, "shelf", [1], limit_per_value=limit)


@pytest.mark.parametrize("id_text", ["13", "nobody", "", "a\0", "\ud800", "x" * 600])
def test_an_unknown_id_is_not_found(ada, shelf, id_text):
    with pytest.raises(NotFound):
        selectors.document_by_id(ada, shelf, id_text)


def test_many_values_are_one_query(ada, shelf, commands):
    found = selectors.documents_by_values(ada, shelf, "shelf", [0, 1, 2, 3], limit_per_value=2)
    assert {value: ids(each) for value, each in found.items()} == {0: ["3", "6"], 1: ["1", "4"], 2: ["2", "5"], 3: []}
    assert commands == ["find", "aggregate"]  # the collection's row, then everything


def test_a_list_has_each_of_its_values(ada, shelf):
    found = selectors.documents_by_values(ada, shelf, "authors", ["Author 7", "Ada", "Eve"], limit_per_value=3)
    assert {value: ids(each) for value, each in found.items()} == {
        "Author 7": ["7"],
        "Ada": ["1", "2", "3"],
        "Eve": [],
    }


def test_values_reach_into_nested_fields_and_lists_of_objects(ada, books):
    items = [{"_id": 1, "lines": [{"sku": "x"}, {"sku": "y"}]}, {"_id": 2, "lines": [{"sku": "y"}]}]
    services.store_documents(ada, books, items)
    found = selectors.documents_by_values(ada, books, "lines.sku", ["x", "y"], limit_per_value=5)
    assert {value: ids(each) for value, each in found.items()} == {"x": ["1"], "y": ["1", "2"]}
    assert list(values_at(found["x"][0], "lines.sku")) == ["x", "y"]


def test_values_are_values_whatever_they_look_like(ada, books):
    services.store_documents(ada, books, [{"_id": 1, "tag": "$price"}, {"_id": 2, "tag": 1}, {"_id": 3, "tag": True}])
    found = selectors.documents_by_values(ada, books, "tag", ["$price", "$tag", 1, None], limit_per_value=5)
    assert {value: ids(each) for value, each in found.items()} == {"$price": ["1"], "$tag": [], 1: ["2"], None: []}


def test_ids_are_found_by_text_and_by_their_own_type(ada, books):
    own = ObjectId()
    services.store_documents(ada, books, [{"_id": own}, {"_id": 17}, {"_id": "x"}])
    wanted = [str(own), parse_object_id(str(own)), "17", convert_value("int", "17"), "x"]
    found = selectors.documents_by_values(ada, books, "_id", wanted, limit_per_value=1)
    assert [ids(found[value]) for value in wanted] == [[str(own)], [str(own)], ["17"], ["17"], ["x"]]


def test_a_declared_index_is_used(ada, shelf):
    stored = behind(shelf)
    names = {tuple(field for field, _ in each["key"]) for each in stored.index_information().values()}
    assert names == {("_id",), ("shelf", "_id"), ("authors", "_id")}
    plan = stored.find({"shelf": 1}).sort("_id", 1).limit(2).explain()["executionStats"]
    assert plan["totalDocsExamined"] == 2


def test_many_values_without_an_index_are_refused_before_they_walk(ada, shelf, monkeypatch):
    monkeypatch.setattr(selectors, "MAX_WALKED", 23)
    assert selectors.documents_by_values(ada, shelf, "zip", ["00001"], limit_per_value=1)["00001"]
    assert selectors.documents_by_values(ada, shelf, "shelf", [0, 1], limit_per_value=1)[0]
    with pytest.raises(UnsupportedQuery, match="has no index"):
        selectors.documents_by_values(ada, shelf, "zip", ["00001", "00002"], limit_per_value=1)


@pytest.mark.parametrize("field", ["", "$a", "a.$b", "_meta.owner", "_id.x", "a\0", "x" * 201])
def test_what_is_no_field_is_refused(ada, shelf, field):
    with pytest.raises(InvalidInput):
        selectors.documents_by_values(ada, shelf, field, [1], limit_per_value=1)


@pytest.mark.parametrize("value", [True, [1], {"$gt": 0}, b"x", 2**64, "\ud800"])
def test_what_names_nothing_is_refused(ada, shelf, value):
    with pytest.raises(InvalidInput):
        selectors.documents_by_values(ada, shelf, "shelf", [1, value], limit_per_value=1)


def test_more_values_than_a_batch_holds_are_refused(ada, shelf):
    with pytest.raises(UnsupportedQuery, match="at most 1000"):
        selectors.documents_by_values(ada, shelf, "shelf", list(range(1001)), limit_per_value=1)
