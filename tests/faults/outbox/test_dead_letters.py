"""What cannot be delivered dies and waits for an operator; the others pass, and a replay delivers it after all."""

import io

import pytest
from django.core.management import call_command
from django.db import transaction

from core.errors import StoreTimeout
from core.ids import new_id
from core.principals import SYSTEM
from documents import services as documents
from documents.selectors import document_by_id
from operations.outbox_lag import outbox_lag
from operations.relay import Relay
from operations.relay.handlers.profiles import PROFILES, deliver_profiles
from operations.relay.outcomes import DELIVERED
from operations.relay.topics import Topic
from relational import services
from relational.models import OutboxLane, OutboxMessage, OutboxRelay
from relational.rows import NewMessage
from tests.faults.outbox.delivering import PACE

pytestmark = pytest.mark.usefixtures("stores")


@pytest.fixture(autouse=True)
def empty(stores):
    """No messages of other tests, and no lanes held by their relays."""
    OutboxMessage.objects.all().delete()
    OutboxLane.objects.all().delete()
    OutboxRelay.objects.all().delete()


def tell(*messages):
    with transaction.atomic():
        return services.add_messages(messages)


def profile(user_id, **payload):
    return NewMessage("user.changed", f"user:{user_id}", payload)


def states():
    return [tuple(row) for row in OutboxMessage.objects.order_by("id").values_list("state", "attempts")]


def deliver_once(relay):
    """Deliver what is left as if its time had come."""
    OutboxMessage.objects.filter(state="pending").update(available="2000-01-01T00:00:00Z")
    relay._away.clear()
    relay.deliver_due()


def run(*arguments):
    output = io.StringIO()
    status = 0
    try:
        call_command("outbox", *map(str, arguments), stdout=output, stderr=output)
    except SystemExit as stop:
        status = int(stop.code or 0)
    return status, output.getvalue()


def test_what_can_never_be_delivered_dies_at_once_and_the_key_goes_on():
    user_id = new_id()
    wrong, _ = tell(profile(user_id, **{"a.b": 1}), profile(user_id, username="ada"))
    Relay("one", PACE).drain()
    assert states() == [("dead", 1), ("delivered", 0)]
    assert document_by_id(SYSTEM, PROFILES, str(user_id)).fields["username"] == "ada"
    assert run("status")[0] == 3
    assert "invalid_input" in run("dead")[1]
    OutboxMessage.objects.filter(id=wrong).update(payload={"username": "late"})
    assert run("replay", wrong)[0] == 0
    Relay("two", PACE).drain()
    assert states() == [("delivered", 0), ("delivered", 0)]
    assert document_by_id(SYSTEM, PROFILES, str(user_id)).fields["username"] == "ada"  # the late one is older
    assert run("status")[0] == 0
    assert run("replay", wrong)[0] == 66


def test_what_fails_is_tried_again_and_dies_after_so_many_attempts():
    def fail(messages):
        raise RuntimeError("a mistake of ours")

    relay = Relay("failing", PACE, {"user.changed": Topic("user.changed", fail, "documents")})
    tell(profile(new_id(), username="ada"), profile(new_id(), username="bob"))
    for _ in range(PACE.max_attempts):
        assert {state for state, _ in states()} == {"pending"}
        deliver_once(relay)
    assert states() == [("dead", PACE.max_attempts)] * 2
    assert "a mistake of ours" in OutboxMessage.objects.earliest("id").error
    assert outbox_lag().dead == 2
    assert run("replay", "--all")[0] == 0
    Relay("mended", PACE).drain()
    assert states() == [("delivered", 0)] * 2


def test_one_that_fails_does_not_take_the_others_of_its_batch_along():
    def fail_for_one(messages):
        if any(message.payload.get("username") == "bad" for message in messages):
            raise RuntimeError("a mistake of ours")
        return deliver_profiles(messages)

    relay = Relay("failing", PACE, {"user.changed": Topic("user.changed", fail_for_one, "documents")})
    tell(*(profile(new_id(), username=name) for name in ("ada", "bad", "bob")))
    relay.deliver_due()
    assert states() == [("delivered", 0), ("pending", 1), ("delivered", 0)]


def test_a_store_that_is_away_kills_nothing_however_long():
    def time_out(messages):
        raise StoreTimeout("no answer", store="documents")

    relay = Relay("patient", PACE, {"user.changed": Topic("user.changed", time_out, "documents")})
    tell(profile(new_id(), username="ada"))
    for _ in range(PACE.max_attempts + 2):
        deliver_once(relay)
    assert states() == [("pending", 0)]
    assert "store_timeout" in OutboxMessage.objects.get().error
    assert outbox_lag().pending == 1


def test_a_silent_store_is_asked_once_a_batch_and_holds_up_no_other():
    asked = []

    def time_out(messages):
        asked.append(states())
        raise StoreTimeout("no answer", store="documents")

    topics = {name: Topic(name, time_out, "documents") for name in ("first", "second")}
    topics["third"] = Topic("third", lambda messages: [DELIVERED] * len(messages), "timeseries")
    tell(*(NewMessage(name, name, {}) for name in topics))
    relay = Relay("patient", PACE, topics)
    relay.deliver_due()
    assert len(asked) == 1
    assert states() == [("pending", 0), ("pending", 0), ("delivered", 0)]
    tell(NewMessage("third", "more", {}))
    OutboxMessage.objects.update(available="2000-01-01T00:00:00Z")
    relay._away["documents"].until_s = 0
    relay.deliver_due()
    assert len(asked) == 2
    assert asked[1][-1] == ("delivered", 0)


def test_status_tells_which_relays_run_and_the_last_error_of_each_topic():
    def time_out(messages):
        raise StoreTimeout("no answer", store="documents")

    assert run("status") == (0, "relays: none runs\nnothing is left to deliver\n")
    tell(profile(new_id(), username="ada"))
    status, output = run("status")
    assert (status, output.splitlines()[0]) == (3, "relays: none runs")
    Relay("patient", PACE, {"user.changed": Topic("user.changed", time_out, "documents")}).deliver_due()
    status, output = run("status")
    assert (status, output.splitlines()[0]) == (0, "relays: patient")
    assert output.splitlines()[-1] == "  last error: store_timeout: no answer"
    OutboxRelay.objects.update(expires="2000-01-01T00:00:00Z")
    assert run("status")[0] == 3


def test_nothing_is_written_into_a_collection_of_somebody_elses():
    name = PROFILES
    if documents.ensure_collection(SYSTEM, name).owner == SYSTEM.user_id:
        documents.delete_collection(SYSTEM, name, with_documents=True)
    other = new_id()
    documents.create_collection(SYSTEM, name, visibility="public", owner=other)
    try:
        tell(profile(new_id(), username="ada"))
        deliver_once(Relay("careful", PACE))
        assert states() == [("pending", 1)]
        assert "conflict" in OutboxMessage.objects.get().error
    finally:
        documents.delete_collection(SYSTEM, name, with_documents=True)
