"""Invitations: who was not asked is in no team, and nobody learns their name."""

import pytest

from relational import services
from relational.models import Account, Membership
from relational.services import teams as service
from tests.api.conftest import client_with, problem
from tests.api.test_api_keys import make_key
from tests.api.test_teams import TEAMS, accept, put, remove
from tests.api.test_tokens import post

INVITATIONS = "/api/v1/invitations"


@pytest.fixture
def invited(people, stranger):
    """A team of Bob's that invited the stranger to manage it with him."""
    row = services.create_team(people["bob"].principal, "bobs")
    made = {"id": str(row.id)}
    assert put(people["bob"], made, stranger, {"is_manager": True}).status_code == 200
    return made


def member_of(person, team, user):
    rows = person.get(f"{TEAMS}/{team['id']}/members").json()["results"]
    return next(row for row in rows if row["user_id"] == str(user.id))


def test_nobodys_name_is_told_before_they_accept(people, stranger, invited):
    said = put(people["bob"], invited, stranger, {"is_manager": True}).json()
    assert said == member_of(people["bob"], invited, stranger)
    assert (said["username"], said["joined"], said["is_accepted"]) == (None, None, False)
    assert accept(stranger, invited).status_code == 204
    after = member_of(people["bob"], invited, stranger)
    assert (after["username"], after["is_accepted"], after["joined"] is None) == ("stranger", True, False)


def test_an_invitation_gives_nothing_until_it_is_accepted(stranger, invited):
    key = make_key(stranger)["key"]
    account = Account.objects.create(team_id=invited["id"], book="b", number="1", currency="CHF")
    addresses = [f"{TEAMS}/{invited['id']}", f"/api/v1/accounts/{account.id}"]

    def ask():
        stranger.log_in()
        client = client_with(f"Api-Key {key}")
        return [each.get(address).status_code for each in (stranger.client, client) for address in addresses]

    assert ask() == [404] * 4
    assert (stranger.principal.team_ids, stranger.get(TEAMS).json()["results"]) == (frozenset(), [])
    problem(put(stranger, invited, stranger, {"is_manager": True}), 404, "not_found")
    assert accept(stranger, invited).status_code == 204
    assert ask() == [200] * 4


def test_the_invited_see_their_own_invitations(people, stranger, invited):
    (row,) = stranger.get(INVITATIONS).json()["results"]
    assert (row["team_id"], row["team_name"], row["is_manager"]) == (invited["id"], "bobs", True)
    assert people["bob"].get(INVITATIONS).json()["results"] == []
    accept(stranger, invited)
    assert stranger.get(INVITATIONS).json()["results"] == []


def test_accepting_twice_is_accepting_once(people, stranger, invited):
    accept(stranger, invited)
    before = member_of(people["bob"], invited, stranger)
    assert accept(stranger, invited).status_code == 204
    assert member_of(people["bob"], invited, stranger) == before


def test_who_declines_is_not_invited_any_more(people, stranger, invited):
    assert remove(stranger, invited, stranger).status_code == 204
    assert stranger.get(INVITATIONS).json()["results"] == []
    problem(accept(stranger, invited), 404, "not_found")
    problem(accept(people["ada"], invited), 404, "not_found")


def test_a_manager_takes_an_invitation_back(people, stranger, invited):
    assert remove(people["bob"], invited, stranger).status_code == 204
    problem(accept(stranger, invited), 404, "not_found")


def test_who_was_only_invited_is_no_other_manager(people, stranger, invited):
    problem(remove(people["bob"], invited, people["bob"]), 409, "conflict")
    accept(stranger, invited)
    assert remove(people["bob"], invited, people["bob"]).status_code == 204


def test_an_admin_takes_in_without_asking(people, stranger, invited):
    said = put(people["adm"], invited, stranger, {"is_manager": False}).json()
    assert (said["username"], said["is_accepted"], said["is_manager"]) == ("stranger", True, False)


def test_invitations_fill_no_bound_and_the_oldest_fall_away(people, stranger, invited, monkeypatch):
    monkeypatch.setattr(service, "MOST_TEAMS", 1)
    monkeypatch.setattr(service, "MOST_INVITATIONS", 2)
    makers = [people[name].principal for name in ("ana", "oli")]
    others = [{"id": services.create_team(maker, maker.role.value).id} for maker in makers]
    for maker, other in zip(makers, others, strict=True):
        services.put_member(maker, other["id"], stranger.id, is_manager=False)
    listed = [row["team_id"] for row in stranger.get(INVITATIONS).json()["results"]]
    assert listed == [str(other["id"]) for other in others]
    assert post(stranger.client, TEAMS, {"name": "own"}).status_code == 201
    problem(accept(stranger, others[0]), 409, "conflict")
    assert Membership.objects.filter(user_id=stranger.id, accepted=None).count() == 2
