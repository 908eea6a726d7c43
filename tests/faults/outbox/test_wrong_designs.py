"""Controls: two designs that are wrong, killed like ours and held against the same checker. It must find them out."""

import pytest

from core.ids import new_id
from core.times import now
from operations.relay.handlers.ledger import LEDGER, deliver_postings, make_event
from operations.relay.handlers.streams import append_each
from operations.relay.topics import TOPICS, Topic
from relational.rows import MessageRow, NewMessage
from relational.services import postings
from tests.faults.outbox import writing
from tests.faults.outbox.checking import discrepancies, left_over
from tests.faults.outbox.delivering import drain, drain_for_ever
from tests.faults.outbox.processes import KILLED, run_child
from tests.faults.outbox.writing import Run, write

pytestmark = pytest.mark.usefixtures("stores")
CRASHES = pytest.mark.parametrize("crashes", [False, True], ids=["undisturbed", "killed"])


def write_twice_after_commit(run):
    """No outbox: what is to be told is kept in memory and written to the other store after the commit."""
    told: list[NewMessage] = []

    insert = postings._insert

    def keep(row, messages):
        told.extend(messages)
        insert(row, [])

    vars(postings)["_insert"] = keep  # in a child of its own
    post = writing.post

    def post_and_tell(*work):
        told.clear()
        post(*work)
        deliver_postings(
            [MessageRow(0, m.topic, m.key, m.payload, 0, now()) for m in told if m.topic == "transaction.posted"]
        )

    writing.post = post_and_tell
    write(run)


@CRASHES
def test_control_writing_twice_after_the_commit_loses_what_was_committed(crashes):
    run = Run.new(transactions=4, has_collections=False)
    if crashes:
        assert run_child(lambda: write_twice_after_commit(run), crash_at="ledger.after_commit") == KILLED
    assert run_child(lambda: write_twice_after_commit(run)) == 0
    drain()
    lost = [line for line in discrepancies(run) if line.startswith("ledger: ") and line.endswith(" is lost")]
    assert len(lost) == crashes


def deliver_under_random_ids(messages):
    """Each delivery makes an id of its own."""
    events = {message.id: {**make_event(message), "id": str(new_id())} for message in messages}
    outcomes = append_each(LEDGER, events)
    return [outcomes[message.id] for message in messages]


RANDOM_IDS = {**TOPICS, "transaction.posted": Topic("transaction.posted", deliver_under_random_ids, "timeseries")}
POSTINGS_ONLY = {"transaction.posted": RANDOM_IDS["transaction.posted"]}


@CRASHES
def test_control_random_ids_tell_twice_what_a_dead_relay_had_told(crashes):
    run = Run.new(transactions=4, has_collections=False)
    write(run)
    if crashes:
        assert run_child(lambda: drain_for_ever(POSTINGS_ONLY), crash_at="relay.topic_delivered") == KILLED
    assert run_child(lambda: drain(RANDOM_IDS)) == 0
    assert left_over(run) == []
    twice = [line for line in discrepancies(run) if line.endswith(" is there 2 times")]
    assert bool(twice) == crashes


def test_ours_is_killed_there_too_and_tells_each_once():
    run = Run.new(transactions=4, has_collections=False)
    assert run_child(lambda: write(run), crash_at="ledger.after_commit") == KILLED
    assert run_child(lambda: write(run)) == 0
    assert run_child(drain_for_ever, crash_at="relay.topic_delivered") == KILLED
    drain()
    assert discrepancies(run) == []
