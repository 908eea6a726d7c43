"""Who may listen: by a token or an API key as at the API, for as long as both hold."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from core.principals import ALL_SCOPES, Principal, Scope
from core.times import now
from relational import services as relational
from relational.models import User
from tests.proxy import Proxy
from tests.serving import databases_of_tests
from timeseries import services

from .conftest import numbers, token_of

EVENTS = "/live/v1/streams/{}/events"
SAME = ("status", "code", "title")


@pytest.fixture
def key_of(identity):
    """Make an API key of somebody's; return its header and its id."""

    def make(person, *scopes, lifetime_s=300):
        expires = now() + timedelta(seconds=lifetime_s)
        key, text = relational.create_api_key(person, name="test", scopes=scopes, expires=expires)
        return f"Api-Key {text}", key.id

    return make


def refusal(server, stream, authorization):
    """Return what live and the API refuse with; both are the same."""
    answer = server.connect(EVENTS.format(stream), authorization)
    body = answer.rest()
    headers = {"authorization": authorization} if authorization else {}
    of_api = Client(headers=headers).get(f"/api/v1/streams/{stream}/events")
    assert answer.headers["content-type"] == of_api["content-type"] == "application/problem+json"
    assert {name: body[name] for name in SAME} == {name: of_api.json()[name] for name in SAME}
    assert answer.headers.get("www-authenticate", "") == of_api.headers.get("www-authenticate", "").lower()
    return body["status"], body["code"]


def test_an_api_key_opens_a_stream(server, stream, owner, append, key_of):
    listener = server.connect(EVENTS.format(stream), key_of(owner, Scope.EVENTS_READ)[0])
    assert listener.status == 200
    append(1)
    assert numbers(listener.events(1)) == [1]


def test_a_key_is_refused_as_at_the_api(server, stream, owner, stranger, key_of):
    key, key_id = key_of(owner, Scope.EVENTS_READ)
    relational.revoke_api_key(owner, key_id)
    for wrong in (key, key[:-3] + "xxx", "Api-Key ", "Api-Key \xff.x"):
        assert refusal(server, stream, wrong) == (401, "authentication_failed")
    others = key_of(owner, *(ALL_SCOPES - {Scope.EVENTS_READ, Scope.IDENTITY_WRITE}))[0]
    assert refusal(server, stream, others) == (403, "permission_refused")
    assert refusal(server, "nothing", others) == (403, "permission_refused")
    assert refusal(server, stream, key_of(stranger, Scope.EVENTS_READ)[0]) == (404, "not_found")


@pytest.mark.parametrize("shown", [None, "Basic eDp4", "Bearer x", "Bearer "])
def test_without_a_good_token_the_answer_is_the_apis(server, stream, identity, shown):
    expected = "authentication_failed" if shown and shown.startswith("Bearer") else "not_authenticated"
    assert refusal(server, stream, shown) == (401, expected)


@pytest.mark.parametrize("kind", ["token", "key"])
def test_who_is_deactivated_is_ended_and_not_let_in_again(server, stream, owner, key_of, kind):
    shown = key_of(owner, Scope.EVENTS_READ)[0] if kind == "key" else token_of(owner)
    listener = server.connect(EVENTS.format(stream), shown)
    assert listener.status == 200
    User.objects.filter(pk=owner.user_id).update(is_active=False)
    assert listener.end() == "authentication_failed"
    again = server.connect(EVENTS.format(stream), shown)
    assert (again.status, again.rest()["code"]) == (401, "authentication_failed")


def test_a_key_that_is_revoked_or_ends_ends_its_stream(server, stream, owner, key_of):
    key, key_id = key_of(owner, Scope.EVENTS_READ)
    listener = server.connect(EVENTS.format(stream), key)
    assert listener.status == 200
    relational.revoke_api_key(owner, key_id)
    assert listener.end() == "authentication_failed"
    short = server.connect(EVENTS.format(stream), key_of(owner, Scope.EVENTS_READ, lifetime_s=3)[0])
    assert short.status == 200
    assert short.end() == "authentication_failed"


def test_a_role_that_is_lost_ends_what_it_let_read(server, stream, analyst):
    listener = server.listen(stream, analyst)
    User.objects.filter(pk=analyst.user_id).update(role="consumer")
    assert listener.end() == "not_found"


def test_a_team_that_is_left_ends_what_it_let_read(server, stream, owner, stranger):
    team = relational.create_team(owner, f"team-{stream}")
    relational.put_member(owner, team.id, stranger.user_id, is_manager=False)
    relational.accept_invitation(stranger, team.id)
    services.change_stream(owner, stream, readers=[team.id])
    listener = server.listen(stream, Principal(stranger.user_id))
    relational.remove_member(stranger, team.id, stranger.user_id)
    assert listener.end() == "not_found"


def test_without_postgresql_a_token_is_believed_and_a_key_not_for_long(
    own_server, stream, owner, analyst, append, key_of
):
    uri = urlsplit(databases_of_tests()["TRIVIUM_POSTGRESQL_URI"])
    proxy = Proxy((uri.hostname, uri.port))
    through = uri._replace(netloc=uri.netloc.replace(f":{uri.port}", f":{proxy.port}")).geturl()
    server, key = own_server(TRIVIUM_POSTGRESQL_URI=through), key_of(owner, Scope.EVENTS_READ)[0]
    by_key, by_token = server.connect(EVENTS.format(stream), key), server.listen(stream, owner)
    assert by_key.status == 200
    proxy.close()
    assert by_key.end() == "store_unavailable"
    append(1)
    assert numbers(by_token.events(1)) == [1]
    assert server.listen(stream, analyst).status == 200
    answer = server.connect(EVENTS.format(stream), key)
    assert (answer.status, answer.rest()["code"]) == (503, "store_unavailable")
