"""One effect and one answer per Idempotency-Key: at once, in flight, and when the server is killed around the commit."""

import os
import signal
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from api.authentication import make_access_token
from core.crashes import CRASH_AT
from core.errors import InFlight
from core.principals import Role
from core.times import now
from relational import services
from relational.models import IdempotentAnswer, OutboxMessage, Transaction
from relational.rows import Answer, CredentialRow
from relational.services import idempotency
from tests.api.meetings import let_meet
from tests.children import run_in_child
from tests.integration.relational.posting import Bank, balance_of, check_books, in_threads

pytestmark = pytest.mark.django_db(transaction=True)
REQUESTS = 50
NO_LOCK = "SELECT %s::bigint IS NOT NULL"


@pytest.fixture
def bank():
    return Bank()


@pytest.fixture
def send(bank):
    """Send ten francs of Ada's to Bob under a key, as Ada."""
    token = make_access_token(CredentialRow(bank.ada.user_id, Role.CONSUMER.value, ""))

    def post(key="one", amount="10"):
        entries = [
            {"account_id": str(bank.adas), "amount": f"-{amount}"},
            {"account_id": str(bank.bobs), "amount": amount},
        ]
        client = Client(headers={"authorization": f"Bearer {token}"})
        return client.post(
            "/api/v1/transactions",
            {"entries": entries},
            content_type="application/json",
            headers={"idempotency-key": key},
        )

    return post


def until_answered(post):
    """Send again as long as the same request is in flight, or no connection was free; sooner than Retry-After says."""
    while True:
        answer = post()
        if answer.status_code not in (409, 503):
            return answer
        assert answer.json()["code"] in ("in_flight", "store_unavailable")
        assert answer.headers["retry-after"] == ("1" if answer.status_code == 409 else "2")
        connection.close()
        time.sleep(0.02)


def was_done_once(bank, answers):
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert Transaction.objects.count() == 3
    assert OutboxMessage.objects.filter(topic="transaction.posted").count() == 3
    assert (balance_of(bank.adas), balance_of(bank.bobs)) == (90, 110)
    check_books()


def test_fifty_requests_at_once_under_one_key_have_one_effect_and_one_answer(bank, send, monkeypatch):
    """The first one, past the look for a kept answer, waits for a second one that the lock does not let come."""
    let_meet(monkeypatch, idempotency, "_kept_answer")
    fifty_have_one_effect(bank, send)


def test_without_the_lock_too_an_answer_is_not_replaced(bank, send, monkeypatch):
    monkeypatch.setattr(idempotency, "LOCK_KEY", NO_LOCK)
    let_meet(monkeypatch, idempotency, "_kept_answer", within_s=60)
    fifty_have_one_effect(bank, send)


def test_control_without_lock_and_condition_two_that_meet_are_found_out(bank, send, monkeypatch):
    replacing, _ = idempotency.KEEP_ANSWER.split("WHERE")
    monkeypatch.setattr(idempotency, "LOCK_KEY", NO_LOCK)
    monkeypatch.setattr(idempotency, "KEEP_ANSWER", f"{replacing} WHERE %s > 0")
    let_meet(monkeypatch, idempotency, "_kept_answer", within_s=60)
    with pytest.raises(AssertionError):
        fifty_have_one_effect(bank, send)
    assert Transaction.objects.count() > 3


def fifty_have_one_effect(bank, send):
    answers = in_threads(REQUESTS, lambda _: until_answered(send))
    was_done_once(bank, answers)
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == REQUESTS - 1


def test_control_without_a_key_fifty_requests_have_more_than_one_effect(bank, send):
    in_threads(5, lambda place: send(key=f"another {place}".replace(" ", "-")))
    with pytest.raises(AssertionError):
        was_done_once(bank, [send()])


@pytest.mark.parametrize(
    ("point", "is_done"), [("ledger.before_commit", False), ("ledger.after_commit", True)], ids=["before", "after"]
)
def test_killed_around_the_commit_and_sent_again_it_is_done_once(bank, send, point, is_done):
    def post_and_die():
        os.environ[CRASH_AT] = point
        send()

    assert run_in_child(post_and_die) == -signal.SIGKILL
    assert (Transaction.objects.count() == 3) is is_done
    answer = until_answered(send)
    assert ("idempotency-replayed" in answer.headers) is is_done
    was_done_once(bank, [answer, send()])


def test_while_it_is_answered_elsewhere_the_key_is_in_flight(bank, send):
    """The first request waits inside its transaction for the second one to be refused."""

    def effect():
        (second,) = in_threads(1, lambda _: send())
        assert (second.status_code, second.json()["code"]) == (409, "in_flight")
        return Answer(201, b"{}", "/")

    services.answer_once(bank.ada.user_id, "one", b"x" * 32, effect)
    assert send().json()["code"] == "idempotency_mismatch"


def test_a_key_is_the_users_own(bank):
    def effect():
        return Answer(201, b"bobs", "/")

    answers = [
        services.answer_once(person.user_id, "one", b"x" * 32, effect) for person in (bank.ada, bank.bob, bank.bob)
    ]
    assert [answer.is_replayed for answer in answers] == [False, False, True]


def test_what_failed_is_not_kept(bank, send):
    assert send(amount="1000").json()["code"] == "insufficient_funds"
    assert not IdempotentAnswer.objects.exists()
    assert send(amount="1").status_code == 201


def test_answers_are_kept_for_their_time_then_pruned(bank, send, settings):
    first = send()
    age(timedelta(seconds=settings.IDEMPOTENCY_KEPT_S - 60))
    assert services.prune_answers() == 0
    assert send().content == first.content
    age(timedelta(seconds=settings.IDEMPOTENCY_KEPT_S))
    second = send()
    assert second.content != first.content
    assert send().content == second.content
    age(timedelta(seconds=settings.IDEMPOTENCY_KEPT_S))
    assert services.prune_answers() == 1
    assert not IdempotentAnswer.objects.exists()


def age(by):
    IdempotentAnswer.objects.update(created=now() - by)


def test_a_lock_is_held_no_longer_than_its_transaction(bank):
    def refuse():
        raise InFlight("as if")

    with pytest.raises(InFlight):
        services.answer_once(bank.ada.user_id, "one", b"x" * 32, refuse)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (0,)
