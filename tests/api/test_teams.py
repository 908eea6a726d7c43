"""Teams: their members, who manages them, and what they own."""

import json
from uuid import UUID

import pytest

from core.errors import NotFound, PermissionRefused
from core.ids import new_id
from core.principals import SYSTEM, Role
from core.times import now
from operations.teams import OWNED_ELSEWHERE
from relational import selectors, services
from relational.models import Account, Job, Membership, Team, User
from relational.services import teams as service
from tests.api.conftest import Person, problem
from tests.api.meetings import at_once, let_meet
from tests.api.test_tokens import REFRESH, ask_me, log_in, post

TEAMS = "/api/v1/teams"


@pytest.fixture
def team(stranger):
    """A team that the stranger made."""
    answer = post(stranger.client, TEAMS, {"name": "strangers"})
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{TEAMS}/{answer.json()['id']}"
    return answer.json()


def put(person, team, user, body):
    address = f"{TEAMS}/{team['id']}/members/{user.id}"
    return person.client.put(address, json.dumps(body), content_type="application/json")


def accept(person, team):
    return post(person.client, f"{TEAMS}/{team['id']}/acceptance", {})


def join(manager, team, person, *, is_manager=False):
    """Let a manager invite somebody who accepts."""
    assert put(manager, team, person, {"is_manager": is_manager}).status_code == 200
    assert accept(person, team).status_code == 204


def remove(person, team, user):
    return person.client.delete(f"{TEAMS}/{team['id']}/members/{user.id}")


def members(person, team):
    rows = person.get(f"{TEAMS}/{team['id']}/members").json()["results"]
    return {row["username"]: row["is_manager"] for row in rows}


def test_who_makes_a_team_manages_it_at_once(stranger, team):
    assert team["is_manager"] is True
    assert stranger.get(f"{TEAMS}/{team['id']}").json() == team
    assert stranger.get(TEAMS).json()["results"] == [team]
    assert members(stranger, team) == {"stranger": True}


def test_members_come_and_go(people, stranger, team):
    join(stranger, team, people["bob"])
    assert members(people["bob"], team) == {"stranger": True, "bob": False}
    assert remove(stranger, team, people["bob"]).status_code == 204
    problem(people["bob"].get(f"{TEAMS}/{team['id']}"), 404, "not_found")
    problem(remove(stranger, team, people["bob"]), 404, "not_found")


def test_putting_a_member_twice_is_putting_it_once(people, stranger, team):
    join(stranger, team, people["bob"])
    first, second = (put(stranger, team, people["bob"], {"is_manager": True}) for _ in range(2))
    assert first.json() == second.json()
    assert members(stranger, team) == {"stranger": True, "bob": True}


def test_a_member_leaves_but_sends_nobody_away(people, stranger, team):
    for name in ("bob", "ada"):
        join(stranger, team, people[name])
    problem(remove(people["bob"], team, people["ada"]), 403, "permission_refused")
    problem(put(people["bob"], team, people["bob"], {"is_manager": True}), 403, "permission_refused")
    assert remove(people["bob"], team, people["bob"]).status_code == 204


def test_the_last_manager_stays_a_manager(people, stranger, team):
    problem(remove(stranger, team, stranger), 409, "conflict")
    problem(put(stranger, team, stranger, {"is_manager": False}), 409, "conflict")
    problem(remove(people["adm"], team, stranger), 409, "conflict")
    join(stranger, team, people["bob"], is_manager=True)
    assert remove(stranger, team, stranger).status_code == 204
    assert members(people["bob"], team) == {"bob": True}


def test_of_two_last_managers_who_leave_at_once_one_stays(people, monkeypatch):
    one, other = Person("one", Role.CONSUMER), Person("other", Role.CONSUMER)
    team = services.create_team(one.principal, "duet")
    services.put_member(SYSTEM, team.id, other.id, is_manager=True)
    let_meet(monkeypatch, service, "_keep_a_manager")
    leave = [lambda who=who: remove(who, {"id": team.id}, who).status_code for who in (one, other)]
    try:
        assert at_once(*leave) == [204, 409]
        assert Membership.objects.filter(team_id=team.id, is_manager=True).count() == 1
    finally:
        Team.objects.filter(pk=team.id).delete()
        User.objects.filter(pk__in=[one.id, other.id]).delete()


def test_a_user_joins_two_teams_at_once_up_to_the_bound(people, monkeypatch):
    popular = Person("popular", Role.CONSUMER)
    bob = people["bob"].principal
    made = [services.create_team(bob, f"fans {place}") for place in range(2)]
    for each in made:
        services.put_member(bob, each.id, popular.id, is_manager=False)
    monkeypatch.setattr(service, "MOST_TEAMS", 1)
    let_meet(monkeypatch, service, "_check_teams")
    take = [lambda each=each: accept(popular, {"id": each.id}).status_code for each in made]
    try:
        assert at_once(*take) == [204, 409]
    finally:
        Team.objects.filter(pk__in=[each.id for each in made]).delete()
        User.objects.filter(pk=popular.id).delete()


def test_a_user_that_is_not_there_or_not_active_is_no_member(people, stranger, team):
    class Nobody:
        id = new_id()

    User.objects.filter(pk=people["bob"].id).update(is_active=False)
    answers = [put(stranger, team, user, {"is_manager": False}) for user in (Nobody, people["bob"])]
    assert [problem(answer, 404, "not_found")["detail"] for answer in answers] == ["no such user"] * 2


def test_a_user_is_in_no_more_teams_than_a_token_carries(people, stranger, monkeypatch):
    monkeypatch.setattr(service, "MOST_TEAMS", 2)
    made = [post(stranger.client, TEAMS, {"name": f"team {place}"}) for place in range(3)]
    assert [answer.status_code for answer in made] == [201, 201, 409]
    assert not Team.objects.filter(name="team 2").exists()
    other = services.create_team(people["bob"].principal, "other")
    assert put(people["bob"], {"id": other.id}, stranger, {"is_manager": False}).status_code == 200
    for refused in (
        accept(stranger, {"id": other.id}),
        put(people["adm"], {"id": other.id}, stranger, {"is_manager": True}),
    ):
        problem(refused, 409, "conflict")


def test_a_membership_is_in_the_token_after_the_refresh(anybody, people, stranger):
    tokens = log_in(anybody, "stranger")
    owners = Team.objects.create(name="owners")
    account = Account.objects.create(team=owners, book="b", number="1", currency="CHF")
    address = f"/api/v1/accounts/{account.id}"
    Membership.objects.create(team=owners, user_id=stranger.id)

    def ask():
        access = post(anybody, REFRESH, {"refresh": tokens["refresh"]}).json()["access"]
        assert ask_me(access).status_code == 200
        return anybody.get(address, headers={"authorization": f"Bearer {access}"}).status_code

    stale = anybody.get(address, headers={"authorization": f"Bearer {tokens['access']}"})
    assert (stale.status_code, ask()) == (404, 200)
    Membership.objects.filter(user_id=stranger.id).delete()
    assert ask() == 404


def test_a_team_is_deleted_unless_it_owns_accounts_or_jobs(stranger, team):
    account = Account.objects.create(team_id=team["id"], book="b", number="1", currency="CHF")
    address = f"{TEAMS}/{team['id']}"
    assert "accounts" in problem(stranger.client.delete(address), 409, "conflict")["detail"]
    account.delete()
    job = Job.objects.create(
        team_id=team["id"], kind="k", created_by=stranger.id, scopes=[], request={}, finished=now()
    )
    assert "jobs" in problem(stranger.client.delete(address), 409, "conflict")["detail"]
    services.delete_job(SYSTEM, job.id)
    assert stranger.client.delete(address).status_code == 204
    problem(stranger.get(address), 404, "not_found")


def test_a_team_that_owns_something_in_another_store_stays(people, team_values, monkeypatch):
    address = f"{TEAMS}/{team_values['team_id']}"
    collections = problem(people["meg"].client.delete(address), 409, "conflict")["detail"]
    assert "owns collections" in collections
    assert "delete" in collections.partition(":")[2]
    assert "give" not in collections, "a collection keeps its owner"
    monkeypatch.setitem(OWNED_ELSEWHERE, "collections", lambda owner_id: False)
    streams = problem(people["meg"].client.delete(address), 409, "conflict")["detail"]
    assert "owns streams" in streams
    assert "give" in streams.partition(":")[2]
    assert "delete" not in streams, "a stream is never deleted"


def test_names_are_unique_and_change(stranger, team):
    problem(post(stranger.client, TEAMS, {"name": "strangers"}), 409, "conflict")


def test_a_team_gets_another_name(stranger, team):
    address = f"{TEAMS}/{team['id']}"
    answer = stranger.client.patch(address, json.dumps({"name": "friends"}), content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {**team, "name": "friends"})
    assert stranger.get(address).json()["name"] == "friends"


@pytest.mark.parametrize("name", ["", " ", " a", "a\n", "x" * 101, 7, None, ["a"]])
def test_a_wrong_name_is_refused(stranger, name):
    refused = problem(post(stranger.client, TEAMS, {"name": name}), 400, "invalid_input")
    assert [each["path"] for each in refused["errors"]] == ["name"]
    assert not Membership.objects.filter(user_id=stranger.id).exists()


def test_an_owner_is_there_and_the_callers(people, teams, stranger):
    tim, adm = people["tim"].principal, people["adm"].principal
    assert selectors.check_owner(tim, tim.user_id) is False
    assert selectors.check_owner(tim, teams["crew"]) is True
    for owner in (people["bob"].id, teams["duo"], new_id()):
        with pytest.raises(PermissionRefused, match="a team that you are in"):
            selectors.check_owner(tim, owner)
    assert selectors.check_owner(adm, people["bob"].id) is False
    with pytest.raises(NotFound, match="no owner"):
        selectors.check_owner(adm, new_id())
    with pytest.raises(PermissionRefused):
        selectors.check_owner(adm, UUID(int=0))
    User.objects.filter(pk=stranger.id).update(is_active=False)
    with pytest.raises(NotFound):
        selectors.check_owner(adm, stranger.id)
