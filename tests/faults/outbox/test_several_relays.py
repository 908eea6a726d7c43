"""Several relays at once: each key's messages in their order, and one that was paused comes back late and harms nothing."""

import os
import random
import signal
import time
from collections import defaultdict

import pytest
from django.db import transaction

from core.principals import SYSTEM
from documents.selectors import document_by_id
from operations.relay import Relay
from operations.relay.handlers.summaries import SUMMARIES
from operations.relay.loop import Pace
from operations.relay.outcomes import DELIVERED, Fate, Outcome
from operations.relay.topics import TOPICS, Topic
from relational import services
from relational.models import Account, OutboxMessage
from relational.rows import NewMessage
from tests.faults.outbox.checking import discrepancies, left_over
from tests.faults.outbox.delivering import drain, drain_for_ever
from tests.faults.outbox.processes import end_of, kill, start_child, wait_until
from tests.faults.outbox.writing import Run, write

pytestmark = pytest.mark.usefixtures("stores")
KEYS, EACH = 12, 15


def noting(path, *, fails):
    """A topic whose handler notes each delivery in a file, and fails now and then."""

    def deliver(messages):
        outcomes = []
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "wb", buffering=0) as notes:
            for message in messages:
                if random.random() < fails:
                    outcomes.append(Outcome(Fate.FAILED, "a bad day", wait_s=0.05))
                else:
                    notes.write(f"{os.getpid()} {message.key} {message.id}\n".encode())
                    outcomes.append(DELIVERED)
        return outcomes

    return {"noted": Topic("noted", deliver, "nowhere")}


def test_each_key_keeps_its_order_whoever_delivers_and_dies(tmp_path):
    topics = noting(tmp_path / "notes", fails=0.05)
    with transaction.atomic():
        ids = services.add_messages([NewMessage("noted", f"key-{n % KEYS}", {}) for n in range(KEYS * EACH)])
    pace = Pace(lease_s=1.0, poll_s=0.02, max_attempts=1000)
    children = [start_child(lambda: drain(topics, pace=pace)) for _ in range(3)]
    dying = start_child(lambda: drain_for_ever(topics, pace=pace))
    time.sleep(0.5)
    kill(dying)
    assert [end_of(child) for child in children] == [0, 0, 0]
    wait_until(lambda: not is_any_left(drain(topics, pace=pace)))  # what waited for its time
    noted: dict[str, list[int]] = defaultdict(list)
    deliverers = set()
    for line in (tmp_path / "notes").read_text().splitlines():
        pid, key, message = line.split()
        deliverers.add(pid)
        if int(message) not in noted[key]:  # again after a kill
            noted[key].append(int(message))
    assert sorted(message for key in noted.values() for message in key) == sorted(ids)
    assert all(messages == sorted(messages) for messages in noted.values())
    assert len(deliverers) > 1


def is_any_left(_relay):
    return OutboxMessage.objects.filter(topic="noted").exclude(state="delivered").exists()


def pausing(topic):
    """A topic whose handler is stopped when it has its messages in hand, and then delivers them."""

    def deliver(messages):
        os.kill(os.getpid(), signal.SIGSTOP)
        return topic.deliver(messages)

    return Topic(topic.name, deliver, topic.store, topic.in_runs)


def test_a_relay_that_was_paused_beyond_its_lease_changes_nothing():
    run = Run.new(transactions=3, has_collections=False)
    write(run)
    paused = start_child(lambda: drain({name: pausing(topic) for name, topic in TOPICS.items()}))
    assert os.WIFSTOPPED(os.waitpid(paused, os.WUNTRACED)[1])
    write(Run(run.name, transactions=9, has_collections=False))
    try:
        drain()  # waits for the lease to end, and goes past what the paused one has in hand
        assert (left_over(run), discrepancies(run)) == ([], [])
        before = summaries(run)
    finally:
        status = let_go(paused)
    assert status == 0
    assert (left_over(run), discrepancies(run)) == ([], [])
    assert summaries(run) == before


def let_go(paused):
    """Let a child go on, each time that it pauses, and return its exit status."""
    while True:
        os.kill(paused, signal.SIGCONT)
        _, status = os.waitpid(paused, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)


def summaries(run):
    touched = Account.objects.filter(entries__transaction__book=run.name)
    owners = sorted(touched.values_list("owner_id", flat=True).distinct())
    return [document_by_id(SYSTEM, SUMMARIES, str(owner)) for owner in owners]


def test_a_relay_that_comes_takes_its_share_and_one_that_ends_leaves_it():
    first, second = (Relay(name, Pace(lease_s=60.0)) for name in ("first", "second"))
    first.deliver_due()
    second.deliver_due()
    assert (len(first._lanes), len(second._lanes)) == (64, 0)
    first._renew_at_s = second._renew_at_s = 0.0
    first.deliver_due()
    second.deliver_due()
    assert (len(first._lanes), len(second._lanes)) == (32, 32)
    first._give_back()
    second._renew_at_s = 0.0
    second.deliver_due()
    assert len(second._lanes) == 64
    second._give_back()
