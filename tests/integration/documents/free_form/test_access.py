"""Who reads what, as one table: what is not yours is not found by name or id, and absent from lists."""

import pytest

from core.errors import NotFound
from core.ids import new_id
from core.principals import Principal, Role
from documents import selectors, services

OWN_KEYS = {"_id": ["mine"], "tags": [7]}
ALL = {"mine", "tagged", "others"}


@pytest.fixture
def collection(mongodb, ada, request):
    """One collection with a document that Bob's key names by id, one that it names in a list, and one of others."""
    services.create_collection(ada, "books", visibility=request.param)
    items = [{"_id": "mine", "tags": []}, {"_id": "tagged", "tags": [1, 7]}, {"_id": "others", "tags": [8]}]
    services.store_documents(ada, "books", items)
    return "books"


def asker(who, ada):
    return ada if who == "owner" else Principal(new_id(), Role(who))


def read_by_id(principal, linked_to):
    seen = set()
    for name in ALL:
        try:
            seen.add(selectors.document_by_id(principal, "books", name, linked_to=linked_to).id)
        except NotFound:
            continue
    return seen


def read_page(principal, linked_to):
    return {each.id for each in selectors.documents_page(principal, "books", limit=9, linked_to=linked_to)}


def read_values(principal, linked_to):
    found = selectors.documents_by_values(
        principal, "books", "_id", sorted(ALL), limit_per_value=9, linked_to=linked_to
    )
    return {each.id for documents in found.values() for each in documents}


@pytest.mark.parametrize(
    ("collection", "who", "linked_to", "sees_collection", "sees"),
    [
        ("private", "owner", {}, True, ALL),
        ("private", "consumer", {}, False, None),
        ("private", "consumer", OWN_KEYS, False, None),
        ("private", "analyst", {}, True, ALL),
        ("private", "operator", {}, True, ALL),
        ("private", "admin", {}, True, ALL),
        ("linked", "owner", {}, True, ALL),
        ("linked", "consumer", {}, True, set()),
        ("linked", "consumer", {"_id": []}, True, set()),
        ("linked", "consumer", {"_id": ["mine"]}, True, {"mine"}),
        ("linked", "consumer", {"tags": [7]}, True, {"tagged"}),
        ("linked", "consumer", OWN_KEYS, True, {"mine", "tagged"}),
        ("linked", "analyst", {}, True, ALL),
        ("public", "owner", {}, True, ALL),
        ("public", "consumer", {}, True, ALL),
        ("public", "analyst", {}, True, ALL),
    ],
    indirect=["collection"],
)
@pytest.mark.parametrize("read", [read_by_id, read_page, read_values])
def test_who_reads_what(collection, ada, who, linked_to, sees_collection, sees, read):
    principal = asker(who, ada)
    assert [row.name for row in selectors.collections_page(principal, limit=9)] == (
        ["books"] if sees_collection else []
    )
    if sees is None:
        with pytest.raises(NotFound):
            selectors.collection_by_name(principal, "books")
        with pytest.raises(NotFound, match="no such"):
            selectors.documents_page(principal, "books", limit=9, linked_to=linked_to)
        with pytest.raises(NotFound, match="no such"):
            selectors.documents_by_values(principal, "books", "_id", ["mine"], limit_per_value=9, linked_to=linked_to)
        assert read_by_id(principal, linked_to) == set()
    else:
        assert selectors.collection_by_name(principal, "books").name == "books"
        assert read(principal, linked_to) == sees


@pytest.mark.parametrize("collection", ["linked"], indirect=True)
def test_own_keys_do_not_widen_what_is_asked_for(collection):
    bob = Principal(new_id())
    found = selectors.documents_by_values(bob, "books", "tags", [7, 8], limit_per_value=9, linked_to={"tags": [7]})
    assert {value: [each.id for each in documents] for value, documents in found.items()} == {7: ["tagged"], 8: []}
