"""Owners over HTTP: nothing is made for, or given to, a team that was deleted or an owner that never was."""

import json

import pytest

from core.ids import new_id
from core.principals import Role
from operations import owners
from relational import services as relational
from relational.models import Team, User
from tests.api.conftest import Person, problem
from tests.api.meetings import at_once

MAKE = {"collections": {}, "streams": {"retention": "days7"}}


def send(person, method, path, body):
    return getattr(person.client, method)(f"/api/v1/{path}", json.dumps(body), content_type="application/json")


def make(person, kind, owner_id):
    return send(person, "post", kind, {"name": f"test-{new_id()}", "owner_id": str(owner_id), **MAKE[kind]})


@pytest.fixture
def gone(stranger):
    """A team that the stranger's token names, and that was deleted."""
    team = relational.create_team(stranger.principal, f"team {new_id()}")
    stranger.log_in()
    assert stranger.client.delete(f"/api/v1/teams/{team.id}").status_code == 204
    return team.id


@pytest.mark.parametrize("kind", MAKE)
def test_nothing_is_made_for_a_team_that_was_deleted(stranger, gone, kind):
    refused = problem(make(stranger, kind, gone), 404, "not_found")
    assert [error["path"] for error in refused["errors"]] == ["owner_id"]
    assert make(stranger, kind, stranger.id).status_code == 201, "control"


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("who", ["oli", "adm"])
def test_operators_make_nothing_for_an_owner_that_is_not_there(people, teams, kind, who):
    problem(make(people[who], kind, new_id()), 404, "not_found")
    for owner in (teams["crew"], people["bob"].id):
        assert make(people[who], kind, owner).status_code == 201, "control"


def test_a_stream_is_given_to_an_owner_that_is_there(people, stranger, gone):
    made = make(stranger, "streams", stranger.id).json()
    for person, owner in ((stranger, gone), (people["oli"], new_id())):
        refused = send(person, "patch", f"streams/{made['name']}", {"owner_id": str(owner)})
        problem(refused, 404, "not_found")
    assert stranger.get(f"/api/v1/streams/{made['name']}").json() == made


def test_a_team_is_not_deleted_while_something_is_made_for_it(people, monkeypatch):
    maker = Person(f"maker-{new_id().hex}", Role.CONSUMER)
    team = relational.create_team(maker.principal, f"team {new_id()}")
    maker.log_in()
    monkeypatch.setattr(owners, "LOCK_WAIT_S", 0.1)
    try:
        with owners.held_owner(maker.principal, team.id):
            assert at_once(lambda: maker.client.delete(f"/api/v1/teams/{team.id}").status_code) == [409]
        assert at_once(lambda: maker.client.delete(f"/api/v1/teams/{team.id}").status_code) == [204]
    finally:
        Team.objects.filter(pk=team.id).delete()
        User.objects.filter(pk=maker.id).delete()
