"""The outbox over HTTP: its lag in readiness, dead messages, and what people find of what it keeps about them."""

import time
from dataclasses import asdict

import pytest
from django.db import transaction

from core.errors import StoreTimeout
from core.ids import new_id
from operations.outbox_lag import OutboxLag, outbox_lag
from operations.relay import Relay
from relational import services
from relational.models import Membership, OutboxLane, OutboxMessage, Team
from relational.rows import NewMessage
from tests.api.conftest import problem


@pytest.fixture
def outbox(people, db):
    """Nobody's messages, and lanes that nobody holds."""
    OutboxMessage.objects.all().delete()
    OutboxLane.objects.all().delete()


def tell(*messages):
    with transaction.atomic():
        services.add_messages(messages)


def replay(person, address):
    return person.client.post(address, {}, content_type="application/json")


def summarised(owner_id, balance):
    account = {"id": str(new_id()), "book": "b", "number": "1", "currency": "USD", "balance": balance}
    return NewMessage("owner.summarised", f"owner:{owner_id}", {"accounts": [account], "transaction_id": None})


def test_ready_tells_the_lag_and_does_not_turn_on_it(anybody, outbox, monkeypatch):
    tell(summarised(new_id(), "1"))
    OutboxMessage.objects.update(created="2020-01-01T00:00:00Z")
    lag = outbox_lag()
    assert (lag.pending, lag.dead) == (1, 0)
    assert lag.oldest_age_s > 86_400
    late = OutboxLag(pending=1_000_000, oldest_age_s=1e6, dead=7)
    monkeypatch.setattr("operations.outbox_lag.outbox_lag", lambda: late)
    answer = anybody.get("/readyz")
    assert (answer.status_code, answer.json()["outbox"]) == (200, asdict(late))


def test_ready_does_without_a_lag_that_nobody_tells(anybody, outbox, monkeypatch):
    def fail():
        raise StoreTimeout("too slow", store="default")

    monkeypatch.setattr("operations.outbox_lag.outbox_lag", fail)
    answer = anybody.get("/readyz")
    assert (answer.status_code, answer.json()["outbox"]) == (200, None)


def test_ready_tells_the_lag_while_a_store_takes_all_the_time_there_is(anybody, outbox, monkeypatch):
    def take_all_the_time(deadline):
        time.sleep(deadline.remaining_s())
        return []

    monkeypatch.setattr("api.health.readiness", take_all_the_time)
    assert anybody.get("/readyz").json()["outbox"] is not None


def test_dead_messages_come_by_pages_and_are_replayed(people, outbox):
    for number in range(3):
        OutboxMessage.objects.create(lane=0, key=f"k{number}", topic="t", payload={"n": number}, state="dead")
    OutboxMessage.objects.update(settled="2026-01-01T00:00:00Z", error="why", attempts=10)
    page = people["oli"].get("/api/v1/outbox/dead", limit=2).json()
    assert [row["payload"]["n"] for row in page["results"]] == [0, 1]
    (last,) = people["oli"].get("/api/v1/outbox/dead", limit=2, cursor=page["next"]).json()["results"]
    assert (last["key"], last["error"], last["attempts"]) == ("k2", "why", 10)
    address = f"/api/v1/outbox/dead/{last['id']}/replay"
    assert replay(people["oli"], address).status_code == 204
    assert OutboxMessage.objects.get(key="k2").state == "pending"
    problem(replay(people["oli"], address), 404, "not_found")
    problem(replay(people["oli"], "/api/v1/outbox/dead/99999999999999999999/replay"), 404, "not_found")


def test_people_find_their_own_summary_and_profile_and_nobody_elses(people, outbox):
    ada, bob = people["ada"], people["bob"]
    tell(summarised(ada.id, "12.5"), NewMessage("user.changed", f"user:{ada.id}", {"username": "ada"}))
    assert Relay("one").deliver_due() == 2
    own = f"/api/v1/collections/summaries/documents/{ada.id}"
    (account,) = ada.get(own).json()["fields"]["accounts"].values()
    assert account["balance"] in (12.5, "12.5")
    profile = f"/api/v1/collections/user-profiles/documents/{ada.id}"
    assert ada.get(profile).json()["fields"]["username"] == "ada"
    for address in (own, profile):
        problem(bob.get(address), 404, "not_found")
        assert people["ana"].get(address).status_code == 200
    mixed = ada.get(f"/api/v1/users/{ada.id}", expand="documents").json()
    shown = {(item["collection"], item["id"]) for item in mixed["documents"]}
    assert {("summaries", str(ada.id)), ("user-profiles", str(ada.id))} <= shown


def test_members_find_their_teams_summary(people, outbox):
    team = Team.objects.create(name="fresh")
    Membership.objects.create(team=team, user_id=people["ada"].id)
    tell(summarised(team.id, "7"))
    Relay("one").deliver_due()
    address = f"/api/v1/collections/summaries/documents/{team.id}"
    problem(people["ada"].get(address), 404, "not_found")  # the token is from before
    try:
        people["ada"].log_in()
        assert people["ada"].get(address).status_code == 200
    finally:
        Membership.objects.all().filter(team=team).delete()
        people["ada"].log_in()
    problem(people["bob"].get(address), 404, "not_found")


def test_what_trivium_keeps_is_nobodys_to_make_or_change(people):
    ada, oli = people["ada"], people["oli"]
    kind = "application/json"
    problem(ada.client.post("/api/v1/collections", {"name": "summaries"}, content_type=kind), 409, "conflict")
    for person in (ada, oli):
        address = "/api/v1/collections/summaries"
        problem(person.client.patch(address, {"visibility": "public"}, content_type=kind), 403, "permission_refused")
        problem(person.client.delete(address), 403, "permission_refused")
