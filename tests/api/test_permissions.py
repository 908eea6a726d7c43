"""Who reads what: every route that names a thing, for every role, own and other's; and every list."""

import pytest

from tests.api.conftest import problem
from tests.api.routes import READABLE, by_template

PERSONS = ["ada", "bob", "ana", "oli", "adm"]
# Whom the thing of Ada's that `values` names is shown to. A route that names things and stands not here fails.
SEES_ADAS = {
    "/api/v1/users/{user_id}": {"ada", "ana", "oli", "adm"},
    "/api/v1/accounts/{account_id}": {"ada", "ana", "oli", "adm"},
    "/api/v1/transactions/{transaction_id}": {"ada", "ana", "oli", "adm"},
    "/api/v1/collections/{collection}": {"ada", "ana", "oli", "adm"},
    "/api/v1/collections/{collection}/documents": {"ada", "ana", "oli", "adm"},
    "/api/v1/collections/{collection}/documents/{document_id}": {"ada", "ana", "oli", "adm"},
    "/api/v1/streams/{stream}": {"ada", "ana", "oli", "adm"},
    "/api/v1/streams/{stream}/events": {"ada", "ana", "oli", "adm"},
}
# How many of the things of `ledger` and `people` each person finds in a list.
LISTS = {
    "/api/v1/users": {"ada": 1, "bob": 1, "ana": 5, "oli": 5, "adm": 5},
    "/api/v1/accounts": {"ada": 2, "bob": 1, "ana": 4, "oli": 4, "adm": 4},
    "/api/v1/transactions": {"ada": 5, "bob": 1, "ana": 6, "oli": 6, "adm": 6},
    # The existence of a linked collection is no secret.
    "/api/v1/collections": {"ada": 3, "bob": 2, "ana": 3, "oli": 3, "adm": 3},
    "/api/v1/streams": {"ada": 1, "bob": 1, "ana": 3, "oli": 3, "adm": 3},
    # The events that name Ada: in the own stream and in one that lets actors read, in one that Bob reads.
    "/api/v1/events": {"ada": 2, "bob": 1, "ana": 3, "oli": 3, "adm": 3},
    "/api/v1/users/me": None,
    "/api/v1/": None,
    "/livez": None,
    "/readyz": None,
    "/api/v1/schema": None,
    "/api/v1/docs": None,
}
LISTED = [route for route in READABLE if not route.names]
NAMED = [route for route in READABLE if route.names]


@pytest.mark.parametrize("route", NAMED, ids=by_template)
@pytest.mark.parametrize("name", PERSONS)
def test_what_is_not_yours_is_not_found(people, values, route, name):
    answer = people[name].get(route.address(values))
    if name in SEES_ADAS[route.template]:
        assert answer.status_code == 200, answer.content
    else:
        problem(answer, 404, "not_found")


@pytest.mark.parametrize("route", NAMED, ids=by_template)
def test_what_is_not_yours_and_what_is_not_there_answer_alike(people, values, route):
    nowhere = {name: twist(value) for name, value in values.items()}
    assert refusal(people["bob"], route, values) == refusal(people["bob"], route, nowhere)


def refusal(person, route, values):
    """Return what a refusal says, without what was asked for."""
    body = person.get(route.address(values)).json()
    del body["request_id"], body["instance"]
    for name in route.names:
        body["detail"] = body["detail"].replace(values[name], name)
    return body


def twist(value):
    """Name another thing of the same kind, that is not there."""
    return value[:-1] + ("0" if value[-1] != "0" else "1")


@pytest.mark.parametrize("route", LISTED, ids=by_template)
@pytest.mark.parametrize("name", PERSONS)
def test_lists_hold_what_is_yours_to_see(people, values, route, name):
    expected = LISTS[route.template]
    answer = people[name].get(route.address(values))
    assert answer.status_code == 200, answer.content
    if expected is not None:
        assert len(answer.json()["results"]) == expected[name]


@pytest.mark.parametrize("name", PERSONS)
def test_me_is_the_caller(people, name):
    assert people[name].get("/api/v1/users/me").json()["username"] == name


def test_a_filter_does_not_widen_what_is_seen(people, ledger):
    bobs = str(ledger["accounts"]["shop:bob"])
    assert people["ada"].get("/api/v1/transactions", account=bobs).json()["results"] == []
    assert people["ada"].get("/api/v1/accounts", owner=str(people["bob"].id)).json()["results"] == []
    assert people["ada"].get("/api/v1/users", username="bob").json()["results"] == []
    assert len(people["ana"].get("/api/v1/transactions", account=bobs).json()["results"]) == 1
