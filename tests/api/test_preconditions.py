"""No write is done under a condition that nobody looks at: on every route it is refused, with the header's name."""

import pytest

from tests.api.conftest import problem
from tests.api.routes import ROUTES

CONDITIONS = ("If-Match", "If-None-Match", "If-Unmodified-Since")
UNKNOWN = [
    (condition, method, route)
    for route in ROUTES
    for method in route.methods
    for condition in CONDITIONS
    if method != "get" and condition not in route.view.preconditions
]


@pytest.mark.parametrize(
    ("condition", "method", "route"), UNKNOWN, ids=[f"{c} {m} {r.template}" for c, m, r in UNKNOWN]
)
def test_a_condition_that_is_not_looked_at_is_refused(people, values, condition, method, route):
    send = getattr(people["adm"].client, method)
    answer = send(route.address(values), b"{}", content_type="application/json", headers={condition: '"x"'})
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == condition


def test_two_kinds_of_things_take_conditions():
    takers = {route.template for route in ROUTES if route.view.preconditions}
    assert takers == {
        "/api/v1/collections/{collection}",
        "/api/v1/collections/{collection}/documents/{document_id}",
    }
