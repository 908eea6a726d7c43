"""Changes of collections: told when they were made, not told when they were refused, whoever settles them."""

import threading
from contextlib import suppress

import pytest

from core.errors import Conflict, NotFound, OutcomeUnknown, PermissionRefused
from core.ids import new_id
from core.principals import SYSTEM, Principal, Role
from documents import selectors as documents
from documents import services
from operations import collection_changes, collections
from operations.collection_changes import key_of, lock_collection, settle_intents
from operations.relay.handlers.collections import deliver_changes, make_event
from operations.relay.outcomes import Fate, Outcome
from relational.models import OutboxMessage
from relational.selectors import pending_messages

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "documents"])


@pytest.fixture
def ada():
    return Principal(new_id())


@pytest.fixture
def name():
    name = f"test-{new_id().hex}"
    yield name
    with suppress(NotFound):
        services.delete_collection(SYSTEM, name, with_documents=True)


def told(name):
    return [(row.payload["change"], row.payload["is_settled"]) for row in pending_messages(key_of(name))]


def test_each_change_is_told_with_who_and_what(ada, name):
    collections.create_collection(ada, name, visibility="linked", indexes=["a"])
    collections.change_collection(ada, name, visibility="public")
    collections.delete_collection(ada, name)
    assert told(name) == [("created", True), ("changed", True), ("deleted", True)]
    event = make_event(pending_messages(key_of(name))[0])
    assert (event["actor"], event["kind"]) == (f"user:{ada.user_id}", "collection.changed")
    asked = {"visibility": "linked", "indexes": ["a"]}
    assert event["payload"] == {"collection": name, "change": "created", "asked": asked}


def test_what_is_refused_is_not_told(ada, name):
    collections.create_collection(ada, name)
    with pytest.raises(Conflict, match="already"):
        collections.create_collection(ada, name)
    with pytest.raises(NotFound):
        collections.change_collection(Principal(new_id()), name, visibility="public")
    with pytest.raises(NotFound):
        collections.delete_collection(ada, f"{name}-2")
    assert told(name) == [("created", True)]
    assert OutboxMessage.objects.count() == 1


def test_trivium_keeps_its_own_collections(ada):
    operator = Principal(new_id(), Role.OPERATOR)
    for own in collections.OWN:
        with pytest.raises(Conflict, match="kept for Trivium"):
            collections.create_collection(ada, own)
        for change in (collections.change_collection, collections.delete_collection):
            with pytest.raises(PermissionRefused):
                change(operator, own)
    assert OutboxMessage.objects.count() == 0


def interrupt(monkeypatch, service, *, after):
    """Let a service lose its answer, before or after the work is done."""
    whole = getattr(services, service)

    def cut(*arguments, **options):
        if after:
            whole(*arguments, **options)
        raise OutcomeUnknown("lost", store="documents")

    monkeypatch.setattr(services, service, cut)


@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize("settles", ["the relay", "the next change"])
def test_a_change_whose_answer_is_lost_is_told_if_it_was_made(ada, name, monkeypatch, is_done, settles):
    with monkeypatch.context() as patched:
        interrupt(patched, "create_collection", after=is_done)
        with pytest.raises(OutcomeUnknown):
            collections.create_collection(ada, name)
    assert told(name) == [("created", False)]
    if settles == "the relay":
        with lock_collection(name, wait_s=0):
            settle_intents(name)
        assert told(name) == [("created", True)] * is_done
    else:
        with pytest.raises(Conflict) if is_done else lock_collection("nothing", wait_s=0):
            collections.create_collection(ada, name)
        assert told(name) == [("created", True)]


def test_a_deletion_that_was_begun_is_finished(ada, name, monkeypatch):
    collections.create_collection(ada, name)
    with monkeypatch.context() as patched:
        patched.setattr("documents.registry.bury_collection", lambda row: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            collections.delete_collection(ada, name)
    assert told(name)[-1] == ("deleted", False)
    with lock_collection(name, wait_s=0):
        settle_intents(name)
    assert told(name) == [("created", True), ("deleted", True)]
    with pytest.raises(NotFound):
        documents.collection_by_name(SYSTEM, name)


def test_a_relay_leaves_a_change_that_is_being_made(ada, name, monkeypatch):
    outcomes: list[Outcome] = []

    def ask_relay(*arguments, **options):
        (message,) = pending_messages(key_of(name))
        thread = threading.Thread(target=lambda: outcomes.extend(deliver_changes([message])))
        thread.start()
        thread.join()
        raise NotFound("refused")

    monkeypatch.setattr(services, "create_collection", ask_relay)
    with pytest.raises(NotFound):
        collections.create_collection(ada, name)
    assert [outcome.fate for outcome in outcomes] == [Fate.POSTPONED]
    assert told(name) == []


def test_what_was_given_up_too_early_is_told_all_the_same(ada, name):
    intent = collection_changes.leave_intent(ada, name, "created", {})
    collection_changes.give_up_intent(intent)
    collection_changes.confirm_intent(intent)
    (message,) = pending_messages(key_of(name))
    assert make_event(message)["id"] == str(intent.change_id)


def test_a_large_schema_is_left_out_of_the_event(ada, name):
    collections.create_collection(ada, name, schema={"description": "x" * 63_000})
    (message,) = pending_messages(key_of(name))
    assert make_event(message)["payload"]["asked"] == {}
