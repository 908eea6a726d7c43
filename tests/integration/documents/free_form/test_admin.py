"""The registry in the admin, over the Django backend."""

import pytest

from core.ids import new_id
from documents import selectors, services
from documents.rows import Visibility
from relational.models import User

pytestmark = pytest.mark.django_db(databases=["default", "documents"], transaction=True)
PAGE = "/admin/documents/collection/"


@pytest.fixture
def admin(mongodb, client):
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


def names(answer):
    return [row.name for row in answer.context["cl"].queryset]


def test_collections_are_listed_found_and_narrowed(admin, ada):
    for name, visibility in (("books", "public"), ("cook-books", "private"), ("films", "linked")):
        services.create_collection(ada, name, visibility=visibility)
    assert names(admin.get(PAGE)) == ["books", "cook-books", "films"]
    assert names(admin.get(PAGE, {"q": "book"})) == ["books", "cook-books"]
    assert names(admin.get(PAGE, {"visibility__exact": "linked"})) == ["films"]


def test_a_collection_is_given_away_and_opened(admin, ada):
    schema = {"$defs": {"n": {"type": "integer"}}, "properties": {"n": {"$ref": "#/$defs/n"}, "x.y": {}}}
    before = services.create_collection(ada, "books", schema=schema, indexes=["a.b"])
    new_owner = new_id()
    page = f"{PAGE}{before.id}/change/"
    assert admin.get(page).status_code == 200
    assert admin.post(page, {"owner": str(new_owner), "visibility": "public"}).status_code == 302
    after = selectors.collection_by_name(ada, "books")
    assert (after.owner, after.visibility) == (new_owner, Visibility.PUBLIC)
    assert (after.name, after.schema, after.indexes, after.created) == (
        before.name,
        before.schema,
        before.indexes,
        before.created,
    )
    assert after.updated > before.updated
    assert after.version == 2


def test_what_changed_since_the_page_was_read_stays(admin, ada, books):
    row = selectors.collection_by_name(ada, books)
    change = new_id()
    services.change_collection(ada, books, indexes=["n"], change_id=change)
    admin.post(f"{PAGE}{row.id}/change/", {"owner": str(ada.user_id), "visibility": "public"})
    after = selectors.collection_by_name(ada, books)
    assert (after.indexes, after.visibility, after.version) == (("n",), Visibility.PUBLIC, 3)
    assert selectors.applied_change(books, change)


def test_a_wrong_owner_is_said_on_the_page(admin, ada, books):
    row = selectors.collection_by_name(ada, books)
    answer = admin.post(f"{PAGE}{row.id}/change/", {"owner": "nobody", "visibility": "public"})
    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == {"owner"}
    assert selectors.collection_by_name(ada, books) == row


def test_none_is_made_or_deleted_here(admin, ada, books):
    row = selectors.collection_by_name(ada, books)
    assert admin.get(f"{PAGE}add/").status_code == 403
    assert admin.post(f"{PAGE}{row.id}/delete/", {"post": "yes"}).status_code == 403
    assert selectors.collection_by_name(ada, books) == row
