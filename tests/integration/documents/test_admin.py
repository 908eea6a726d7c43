"""The admin over the matrix's models: every page reads alike on both stores, and every form does the same."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from core.ids import new_id
from documents.models import Collection

pytestmark = [
    pytest.mark.django_db(databases=["default", "documents"]),
    pytest.mark.urls("tests.integration.documents.matrix.admin_pages"),
]
CHANGING = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]+"|matrix_(documents|relational)|Matrix_(Documents|Relational)'
)


@pytest.fixture
def administrator():
    return get_user_model().objects.create_user(
        username="root", password="not a real one", is_staff=True, is_superuser=True
    )


@pytest.fixture
def browser(administrator):
    client = Client()
    client.force_login(administrator)
    return client


def pages(browser, address):
    """Fetch a page of each store's admin, without what must differ."""
    found = [browser.get(address.format(label)) for label in ("matrix_documents", "matrix_relational")]
    assert [page.status_code for page in found] == [200, 200]
    return [sorted(CHANGING.sub(b"", page.content).splitlines()) for page in found]


def posted(browser, address, form):
    found = [browser.post(address.format(label), form) for label in ("matrix_documents", "matrix_relational")]
    assert found[0].status_code == found[1].status_code
    return found[0].status_code, [CHANGING.sub(b"", page.content) for page in found]


LISTS = {
    "all": "",
    "second page": "?p=2",
    "search": "?q=a",
    "search that looks like a pattern": "?q=(a%2B)%2B%24",
    "search across a relation": "?q=acme",
    "search of two words": "?q=note%20chalk",
    "exact search": "?q=c1",
    "filter Boolean": "?is_active__exact=1",
    "filter null": "?flag__isnull=True",
    "filter relation": "?maker__id__exact=1",
    "filter across a relation": "?maker__city=Ulm",
    "filter by date": "?moment__gte=2024-03-01+00:00:00Z&moment__lt=2024-06-01+00:00:00Z",
    "filter empty": "?note__isempty=1",
    "order": "?o=2.-3",
    "order by relation": "?o=6",
    "hierarchy": "?day__year=2021",
    "hierarchy month": "?day__year=2021&day__month=2",
    "everything": "?q=n&is_active__exact=1&o=-2",
}


@pytest.mark.parametrize("kind", LISTS)
def test_change_list_is_equal(kind, browser, passing_stores):
    one, other = pages(browser, "/admin/{}/thing/" + LISTS[kind])
    assert one == other
    assert any(b"result_list" in line or b"0 things" in line for line in one)


@pytest.mark.parametrize(
    "page", ["thing/1/change/", "thing/add/", "thing/1/delete/", "maker/", "maker/1/change/", "maker/1/delete/", "tag/"]
)
def test_page_is_equal(page, browser, passing_stores):
    one, other = pages(browser, "/admin/{}/" + page)
    assert one == other


THING = {
    "name": "made here",
    "count": "4",
    "small": "1",
    "price": "1.50",
    "is_active": "on",
    "flag": "unknown",
    "maker": "2",
    "tags": ["1", "3"],
}


def things(stores):
    return [
        list(
            m.Thing.objects.order_by("id")
            .values_list("name", "count", "price", "maker_id", "tags__word")
            .order_by("id", "tags__word")
        )
        for m in (stores.documents, stores.relational)
    ]


FORMS = {
    "add": ("thing/add/", THING, 302),
    "add with an error": ("thing/add/", {**THING, "count": "many", "name": ""}, 200),
    "add below the check": ("thing/add/", {**THING, "count": "-2000"}, 200),
    "add a taken code": ("thing/add/", {**THING, "code": "c1"}, 200),
    "change": ("thing/1/change/", {**THING, "note": "$new {'a': 1}"}, 302),
    "delete": ("thing/1/delete/", {"post": "yes"}, 302),
    "delete with what hangs on it": ("maker/1/delete/", {"post": "yes"}, 302),
    "delete selected": ("thing/", {"action": "delete_selected", "_selected_action": ["1", "2"], "post": "yes"}, 302),
    "change with rows inside": (
        "maker/1/change/",
        {
            "name": "Acme 2", "city": "Rom", "founded": "", "things-TOTAL_FORMS": "1", "things-INITIAL_FORMS": "0",
            "things-0-name": "inside", "things-0-count": "1", "things-0-price": "2", "things-0-small": "3",
        },
        302,
    ),
    "change in the list": (
        "maker/",
        {
            "form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "3", "_save": "Save",
            "form-0-id": "1", "form-0-city": "A", "form-1-id": "2", "form-1-city": "B", "form-2-id": "3", "form-2-city": "",
        },
        302,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMS)
def test_form_does_the_same(kind, browser, passing_stores):
    address, form, status = FORMS[kind]
    before = things(passing_stores)
    found, contents = posted(browser, "/admin/{}/" + address, form)
    assert (found, contents[0]) == (status, contents[1])
    after = things(passing_stores)
    assert after[0] == after[1]
    assert (after == before) is (status == 200 or address == "maker/")


@pytest.mark.urls("api.urls")
def test_collections_stand_in_the_products_admin(browser):
    mine, other = (
        Collection.objects.create(name=name, owner=new_id(), schema={"type": "object"}) for name in ("mine", "other")
    )
    page = browser.get("/admin/documents/collection/").content.decode()
    assert page.index("mine") < page.index("other")
    form = {"owner": str(other.owner), "visibility": "public"}
    assert browser.post(f"/admin/documents/collection/{mine.pk}/change/", form).status_code == 302
    changed = Collection.objects.get(name="mine")
    assert (changed.owner, changed.visibility, changed.schema) == (other.owner, "public", {"type": "object"})
    assert browser.get("/admin/documents/collection/add/").status_code == 403
