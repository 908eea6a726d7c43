"""API keys: made and revoked by who logs in, sent by machines, hashed in the table."""

from datetime import timedelta

import pytest

from core.principals import KEY_SCOPES, Role, Scope
from core.times import format_time, now
from query.resources import EXPANDABLE
from relational import services
from relational.models import ApiKey, User
from relational.services import api_keys
from tests.api.conftest import Person, client_with, problem
from tests.api.good_requests import BODIES
from tests.api.meetings import at_once, let_meet
from tests.api.routes import ROUTES
from tests.api.test_tokens import post

KEYS = "/api/v1/api-keys"
ME = "/api/v1/users/me"
ALL = [scope.value for scope in KEY_SCOPES]
EXPANSION_SCOPES = {
    "accounts": "ledger:read",
    "transactions": "ledger:read",
    "documents": "documents:read",
    "events": "events:read",
}


def tomorrow():
    return format_time(now() + timedelta(days=1))


def make_key(person, *, scopes=ALL):
    answer = post(person.client, KEYS, {"name": "machine", "scopes": scopes, "expires": tomorrow()})
    assert answer.status_code == 201, answer.content
    return answer.json()


def with_key(key):
    return client_with(f"Api-Key {key}")


def test_a_key_asks_as_its_user(people, stranger):
    made = make_key(stranger, scopes=["identity:read"])
    assert with_key(made["key"]).get(ME).json()["username"] == "stranger"
    assert client_with(f"api-key  {made['key']} ").get(ME).status_code == 200


def test_the_text_of_a_key_is_shown_once_and_is_in_no_table(people, stranger):
    made = make_key(stranger)
    secret = made.pop("key").partition(".")[2]
    assert len(secret) == 32
    answer = stranger.get(KEYS)
    assert answer.json()["results"] == [{**made, "last_used": None}]
    assert secret not in answer.content.decode()
    row = ApiKey.objects.values().get(prefix=made["id"])
    assert row["hashed_key"].startswith("sha512$$")
    assert secret not in repr(row)
    assert row["hashed_key"] not in answer.content.decode()


def test_a_key_does_what_it_was_made_for_and_no_more(people, stranger):
    client = with_key(make_key(stranger, scopes=["ledger:read"])["key"])
    assert client.get("/api/v1/accounts").status_code == 200
    refused = problem(client.get("/api/v1/streams"), 403, "permission_refused")
    assert "events:read" in refused["detail"]


@pytest.mark.parametrize("address", ["/api/v1/users/me", "/api/v1/users/{id}"])
@pytest.mark.parametrize("expansion", EXPANDABLE)
@pytest.mark.parametrize("scope", [scope for scope in ALL if scope.endswith(":read")])
def test_a_key_expands_what_it_may_read_at_its_own_address(people, db, scope, expansion, address):
    client = with_key(make_key(people["ada"], scopes=sorted({"identity:read", scope}))["key"])
    answer = client.get(address.format(id=people["ada"].id), {"expand": f"{expansion}(limit:1)"})
    missing = EXPANSION_SCOPES[expansion]
    if scope == missing:
        assert answer.json()[expansion] is not None
    else:
        assert missing in problem(answer, 403, "permission_refused")["detail"]


def test_one_expansion_that_a_key_may_not_read_refuses_all(people, stranger):
    client = with_key(make_key(stranger, scopes=["identity:read", "ledger:read", "documents:read"])["key"])
    refused = client.get(ME, {"expand": ",".join(EXPANDABLE)})
    assert "events:read" in problem(refused, 403, "permission_refused")["detail"]


@pytest.mark.parametrize(
    ("route", "method"),
    [
        (route, method)
        for route in ROUTES
        if not route.is_public and route.view.scope == "identity"
        for method in route.methods
        if method != "get"
    ],
    ids=lambda each: getattr(each, "template", each),
)
def test_a_key_with_every_scope_changes_nobody(people, values, stranger, route, method):
    client = with_key(make_key(stranger)["key"])
    body = BODIES.get(f"{method.upper()} {route.template}", lambda values: {})(dict(values)) or {}
    answer = getattr(client, method)(route.address(values), body, content_type="application/json")
    assert "no API key can have the scope identity:write" in problem(answer, 403, "permission_refused")["detail"]


def test_a_revoked_key_ends_at_once(people, stranger):
    made = make_key(stranger)
    client = with_key(made["key"])
    assert client.get(ME).status_code == 200
    assert stranger.client.delete(f"{KEYS}/{made['id']}").status_code == 204
    problem(client.get(ME), 401, "authentication_failed")
    problem(stranger.client.delete(f"{KEYS}/{made['id']}"), 404, "not_found")
    assert stranger.get(KEYS).json()["results"] == []


def test_a_key_ends_when_it_said(people, stranger):
    made = make_key(stranger)
    assert with_key(made["key"]).get(ME).status_code == 200
    ApiKey.objects.filter(prefix=made["id"]).update(expiry_date=now() - timedelta(seconds=1))
    problem(with_key(made["key"]).get(ME), 401, "authentication_failed")


def test_a_deactivated_users_keys_end(people, stranger):
    client = with_key(make_key(stranger)["key"])
    assert client.get(ME).status_code == 200
    User.objects.filter(pk=stranger.id).update(is_active=False)
    problem(client.get(ME), 401, "authentication_failed")


def test_a_key_goes_by_the_role_and_teams_of_the_moment(people, teams, stranger):
    client = with_key(make_key(stranger)["key"])
    bob, crew = f"/api/v1/users/{people['bob'].id}", f"/api/v1/teams/{teams['crew']}"
    problem(client.get(bob), 404, "not_found")
    problem(client.get(crew), 404, "not_found")
    services.put_member(people["adm"].principal, teams["crew"], stranger.id, is_manager=False)
    services.change_user(people["adm"].principal, stranger.id, role=Role.CONSUMER)
    assert client.get(crew).status_code == 200
    services.change_user(people["adm"].principal, stranger.id, role=Role.ANALYST)
    assert client.get(bob).status_code == 200


def test_the_last_use_is_noted_once_a_minute(people, stranger):
    made = make_key(stranger)
    row = ApiKey.objects.filter(prefix=made["id"])
    client = with_key(made["key"])
    client.get(ME)
    first = row.get().last_used
    assert first is not None
    client.get(ME)
    assert row.get().last_used == first
    row.update(last_used=first - timedelta(seconds=61))
    client.get(ME)
    assert row.get().last_used > first


@pytest.mark.parametrize(
    "key",
    ["", "x", "AbCdEfGh.", "AbCdEfGh." + "x" * 32, "." * 41, "ä" * 8 + "." + "x" * 32, "x" * 5000, "AbCdEfGh.%00"],
)
def test_garbage_is_no_key(people, key):
    header = f"Api-Key {key}".encode().decode("latin-1")
    answer = client_with(header).get(ME)
    problem(answer, 401, "authentication_failed")
    assert answer.headers["www-authenticate"]


def test_another_secret_behind_the_same_prefix_is_refused(people, stranger):
    made = make_key(stranger)
    assert with_key(made["key"]).get(ME).status_code == 200
    problem(with_key(f"{made['id']}.{'x' * 32}").get(ME), 401, "authentication_failed")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 51}, "name"),
        ({"name": 7}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": "ledger:read"}, "scopes"),
        ({"scopes": ["identity:write"]}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": ["ledger:read", "ledger:read"]}, "scopes"),
        ({"scopes": [{"$ne": 1}]}, "scopes"),
        ({"scopes": ["ledger:read"] * 100}, "scopes"),
        ({"expires": "2020-01-01T00:00:00Z"}, "expires"),
        ({"expires": "9999-12-31T23:59:59Z"}, "expires"),
        ({"expires": "2026-01-31T12:00:00"}, "expires"),
        ({"expires": "soon"}, "expires"),
        ({"expires": None}, "expires"),
        ({"user": "ada"}, "user"),
    ],
)
def test_a_wrong_key_names_the_field_and_is_not_made(people, stranger, change, path):
    body = {"name": "machine", "scopes": ALL, "expires": tomorrow(), **change}
    refused = problem(post(stranger.client, KEYS, body), 400, "invalid_input")
    assert {each["path"].partition("[")[0].partition(".")[0] for each in refused["errors"]} == {path}
    assert not ApiKey.objects.filter(user_id=stranger.id).exists()


def test_a_deactivated_user_makes_no_key_with_a_token_that_is_left(people, stranger):
    User.objects.filter(pk=stranger.id).update(is_active=False)
    body = {"name": "machine", "scopes": ALL, "expires": tomorrow()}
    problem(post(stranger.client, KEYS, body), 403, "permission_refused")


def test_simultaneous_requests_make_no_more_keys_than_there_is_room_for(people, settings, monkeypatch):
    settings.MAX_API_KEYS = 1
    greedy = Person("greedy", Role.CONSUMER)
    let_meet(monkeypatch, api_keys, "_check_room")

    def make():
        body = {"name": "machine", "scopes": ALL, "expires": tomorrow()}
        return post(greedy.client, KEYS, body).status_code

    try:
        assert at_once(make, make) == [201, 409]
        (made,) = greedy.get(KEYS).json()["results"]
        assert greedy.client.delete(f"{KEYS}/{made['id']}").status_code == 204
        assert make() == 201
    finally:
        User.objects.filter(pk=greedy.id).delete()


def test_keys_are_made_for_what_scopes_there_are_but_changing_people():
    assert set(ALL) == {scope.value for scope in Scope} - {"identity:write"}
