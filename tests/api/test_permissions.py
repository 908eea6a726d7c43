"""docs/permissions.md, held to: every route and method, for every kind of caller, on the real servers."""

import re
from pathlib import Path

import pytest

from api.permissions import needed_scope
from api.views import PagedView
from core.principals import ALL_SCOPES, KEY_SCOPES
from core.times import now
from relational import services
from relational.services.api_keys import LONGEST_LIFE
from tests.api.conftest import client_with, problem
from tests.api.good_requests import LISTED, body_of
from tests.api.routes import ROUTES, by_template

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "permissions.md").read_text()
CALLERS = {
    "nobody": None,
    "own": "ada",
    "team's": "tim",
    "other's": "bob",
    "analyst": "ana",
    "operator": "oli",
    "admin": "adm",
    "key": "ada",
}
ABSENT, CANNOT_BE = "absent", "–"
TABLE = {
    line: dict(zip(CALLERS, [cell.strip() for cell in cells.split("|")], strict=True))
    for line, cells in re.findall(r"^\| `([A-Z]+ /[^`]*)` \|(.*)\|$", PAGE, re.MULTILINE)
}
ROUTE_OF = {f"{method.upper()} {route.template}": route for route in ROUTES for method in route.methods}
CASES = [
    pytest.param(line, caller, id=f"{line} {caller}")
    for line, cells in TABLE.items()
    for caller, cell in cells.items()
    if cell != CANNOT_BE
]


def test_the_table_has_every_route_and_no_other():
    assert set(TABLE) == set(ROUTE_OF)


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.is_public], ids=by_template)
def test_every_view_names_its_scope(route):
    assert {needed_scope(route.view, method) for method in route.methods} <= ALL_SCOPES


def test_every_list_says_what_it_shows():
    lists = {line for line, route in ROUTE_OF.items() if line.startswith("GET ") and issubclass(route.view, PagedView)}
    assert lists == set(LISTED)


@pytest.fixture
def things(values, team_values, db):
    """The values of an address, by what stands in the table's head."""
    return lambda caller: dict(team_values if caller == "team's" else values)


@pytest.mark.parametrize(("line", "caller"), CASES)
def test_the_table_holds(people, anybody, things, line, caller):
    route, expected, values = ROUTE_OF[line], TABLE[line][caller], things(caller)
    client = caller_of(people, anybody, route, line, caller)
    body = body_of(line, values)
    answer = ask(client, route, line, values, body)
    assert answer.status_code == (200 if expected == ABSENT else int(expected)), answer.content
    if line in LISTED and answer.status_code == 200:
        assert (f'"{values[LISTED[line]]}"' in answer.content.decode()) is (expected != ABSENT)
    if expected == "404":
        for name in route.names:
            nowhere = {**values, name: twist(values[name])}
            assert refusal(ask(client, route, line, nowhere, body), route, nowhere) == refusal(answer, route, values)
    if expected in {"401", "403", "404"}:
        problem(answer, int(expected), answer.json()["code"])


def caller_of(people, anybody, route, line, caller):
    if caller == "key" and not route.is_public:
        missing = needed_scope(route.view, line.partition(" ")[0])
        scopes = [scope for scope in KEY_SCOPES if scope != missing]
        expires = now() + LONGEST_LIFE / 2
        _, key = services.create_api_key(people["ada"].principal, name="other", scopes=scopes, expires=expires)
        return client_with(f"Api-Key {key}")
    return people[CALLERS[caller]].client if CALLERS[caller] else anybody


def ask(client, route, line, values, body):
    options = {} if body is None else {"data": body, "content_type": "application/json"}
    return getattr(client, line.partition(" ")[0].lower())(route.address(values), **options)


def twist(value):
    """Name another thing of the same kind, that is not there."""
    return value[:-1] + ("0" if value[-1] != "0" else "1")


def refusal(answer, route, values):
    """Return what a refusal says, without what was asked for."""
    body = dict(problem(answer, 404, "not_found"))
    del body["request_id"], body["instance"]
    for name in route.names:
        body["detail"] = body["detail"].replace(values[name], name)
    return body


@pytest.mark.parametrize("name", ["ada", "bob", "ana", "oli", "adm"])
def test_me_is_the_caller(people, name):
    assert people[name].get("/api/v1/users/me").json()["username"] == name


def test_a_filter_does_not_widen_what_is_seen(people, ledger):
    bobs = str(ledger["accounts"]["shop:bob"])
    assert people["ada"].get("/api/v1/transactions", account=bobs).json()["results"] == []
    assert people["ada"].get("/api/v1/accounts", owner=str(people["bob"].id)).json()["results"] == []
    assert people["ada"].get("/api/v1/users", username="bob").json()["results"] == []
    assert len(people["ana"].get("/api/v1/transactions", account=bobs).json()["results"]) == 1
