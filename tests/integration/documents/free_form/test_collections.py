"""Collections: what is declared is made or refused whole; the registry is one table for pymongo and for Django."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core.errors import Conflict, InvalidInput, PermissionRefused, TooLarge
from core.ids import new_id
from core.times import now
from documents import registry, selectors, services
from documents.models import Collection
from documents.registry import PREFIX, documents_of
from documents.rows import Visibility

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"n": {"$ref": "#/$defs/count"}},
    "patternProperties": {"^x.y$": {"type": "string"}},
    "$defs": {"count": {"type": "integer"}},
}


def stores(mongodb):
    return [name for name in mongodb.list_collection_names() if name.startswith(PREFIX)]


def test_a_collection_is_made_as_declared(mongodb, ada):
    made = services.create_collection(ada, "books", visibility="public", schema=SCHEMA, indexes=["a.b", "c", "a.b"])
    assert selectors.collection_by_name(ada, "books") == made
    assert (made.owner, made.visibility, made.schema) == (ada.user_id, Visibility.PUBLIC, SCHEMA)
    assert made.indexes == ("a.b", "c")
    assert now() - made.created < timedelta(minutes=1)
    keys = [list(each["key"]) for each in documents_of(made).index_information().values()]
    assert [[field for field, _ in key] for key in keys] == [["_id"], ["a.b", "_id"], ["c", "_id"]]
    assert stores(mongodb) == [documents_of(made).name]


def test_the_model_and_the_registry_are_one_table(mongodb, ada, django_db_blocker):
    made = services.create_collection(ada, "books", visibility="linked", schema=SCHEMA, indexes=["a"])
    moment = now()
    with django_db_blocker.unblock():
        (model,) = Collection.objects.filter(name="books")
        fields = ("id", "name", "owner", "visibility", "schema", "created", "updated")
        assert [getattr(model, field) for field in fields] == [getattr(made, field) for field in fields]
        assert model.indexes == ["a"]
        other = Collection.objects.create(name="other", owner=ada.user_id, schema=SCHEMA, created=moment)
    row = selectors.collection_by_name(ada, "other")
    assert (row.id, row.owner, row.visibility, row.schema) == (other.id, ada.user_id, Visibility.PRIVATE, SCHEMA)
    assert (row.indexes, row.created) == ((), moment)
    with pytest.raises(Conflict):
        registry.insert_collection(row, row.id)


@pytest.mark.parametrize("name", ["", "Books", "a b", "a.b", "-a", "a/b", "$a", "a\0", "a\n", "x" * 65, "ä", 5, None])
def test_a_name_is_a_slug(mongodb, ada, name):
    with pytest.raises(InvalidInput, match="is no name of a collection") as refused:
        services.create_collection(ada, name)
    assert refused.value.path == "name"
    assert stores(mongodb) == []


@pytest.mark.parametrize("name", ["a", "0", "customers_2-b", "x" * 64])
def test_slugs_are_names(mongodb, ada, name):
    assert services.create_collection(ada, name).name == name


@pytest.mark.parametrize(
    ("declared", "error", "path"),
    [
        ({"visibility": "secret"}, InvalidInput, "visibility"),
        ({"visibility": ["public"]}, InvalidInput, "visibility"),
        ({"schema": {"type": "nonsense"}}, InvalidInput, "schema.type"),
        ({"schema": True}, InvalidInput, "schema"),
        ({"indexes": "name"}, InvalidInput, "indexes"),
        ({"indexes": ["ok", "$bad"]}, InvalidInput, "indexes[1]"),
        ({"indexes": [5]}, InvalidInput, "indexes[0]"),
        ({"indexes": [f"f{number}" for number in range(21)]}, TooLarge, "indexes"),
    ],
)
def test_a_wrong_declaration_makes_nothing(mongodb, ada, declared, error, path):
    with pytest.raises(error) as refused:
        services.create_collection(ada, "books", **declared)
    assert refused.value.path == path
    assert stores(mongodb) == []
    assert selectors.collections_page(ada, limit=1) == []


def test_a_name_is_given_once(mongodb, ada, bob):
    services.create_collection(ada, "books")
    with pytest.raises(Conflict, match="choose another name"):
        services.create_collection(bob, "books")
    assert len(stores(mongodb)) == 1


def test_of_many_makers_at_once_one_wins_and_nothing_stays_behind(mongodb, ada):
    def make(_):
        try:
            return services.create_collection(ada, "books", indexes=["a"])
        except Conflict:
            return None

    with ThreadPoolExecutor(8) as pool:
        made = [row for row in pool.map(make, range(8)) if row]
    assert len(made) == 1
    assert stores(mongodb) == [documents_of(made[0]).name]


def test_ensuring_takes_what_is_there(mongodb, ada, bob, operator):
    with ThreadPoolExecutor(8) as pool:
        rows = set(pool.map(lambda _: services.ensure_collection(ada, "books", indexes=["a"]).id, range(8)))
    assert len(rows) == 1
    assert services.ensure_collection(operator, "books", visibility="public").visibility is Visibility.PRIVATE
    with pytest.raises(Conflict):
        services.ensure_collection(bob, "books")
    services.create_collection(ada, "shared", visibility="public")
    with pytest.raises(PermissionRefused):
        services.ensure_collection(bob, "shared")


def test_operators_make_collections_of_others(mongodb, ada, bob, operator):
    assert services.create_collection(operator, "books", owner=ada.user_id).owner == ada.user_id
    with pytest.raises(PermissionRefused):
        services.create_collection(bob, "more", owner=ada.user_id)
    assert len(stores(mongodb)) == 1


def test_pages_go_by_name(mongodb, ada):
    for name in ("c", "a", "b", "d"):
        services.create_collection(ada, name)
    first = selectors.collections_page(ada, limit=3)
    assert [row.name for row in first] == ["a", "b", "c"]
    assert [row.name for row in selectors.collections_page(ada, limit=3, after="c")] == ["d"]


def test_a_collection_of_a_name_that_was_freed_inherits_nothing(mongodb, ada):
    services.create_collection(ada, "books")
    services.store_documents(ada, "books", [{"_id": 1}])
    mongodb[registry.TABLE].delete_one({"name": "books"})
    services.create_collection(ada, "books")
    assert selectors.documents_page(ada, "books", limit=1) == []


def test_nobody_of_that_name(mongodb, ada):
    for name in ("nowhere", "", "$where", str(new_id())):
        assert registry.find_collection(name) is None
    with pytest.raises(InvalidInput):
        registry.find_collection("\ud800")
