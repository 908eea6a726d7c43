"""`sort`: the orders that an index serves, and no other."""

import pytest

from api.views import PagedView
from tests.api.conftest import problem
from tests.api.routes import READABLE, by_template

SORTED = [route for route in READABLE if issubclass(route.view, PagedView) and route.view.orders]


def ids(people, path, **query):
    """Walk all pages of two rows."""
    page = people["adm"].get(path, limit=2, **query).json()
    pages = [page]
    while page["next"]:
        page = people["adm"].get(path, limit=2, cursor=page["next"], **query).json()
        pages.append(page)
    return [row["id"] for page in pages for row in page["results"]]


@pytest.mark.parametrize(
    ("path", "order"), [("accounts", "created"), ("users", "joined"), ("streams/notes/events", "time")]
)
def test_both_ways_have_the_same_rows(people, ledger, streams, path, order):
    upwards = ids(people, f"/api/v1/{path}", sort=order)
    assert len(upwards) > 2
    assert ids(people, f"/api/v1/{path}", sort=f"-{order}") == upwards[::-1]


@pytest.mark.parametrize("route", SORTED, ids=by_template)
def test_the_first_order_is_the_usual_one(people, values, route):
    usual = people["adm"].client.get(route.address(values)).json()["results"]
    for order in route.view.orders:
        rows = people["adm"].client.get(route.address(values, f"sort={order}")).json()["results"]
        assert (rows == usual) or order != route.view.orders[0]


@pytest.mark.parametrize("route", SORTED, ids=by_template)
@pytest.mark.parametrize("order", ["amount", "--created", "id,name", "Name", "$where"])
def test_other_orders_are_refused_with_those_there_are(people, values, route, order):
    refusal = problem(people["adm"].client.get(route.address(values, f"sort={order}")), 400, "unsupported_query")
    assert ", ".join(route.view.orders) in refusal["detail"]
    assert refusal["errors"][0]["path"] == "sort"
