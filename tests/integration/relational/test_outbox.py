"""The outbox's table: leases that are shared and expire, what is due, what became of it."""

import time
from collections import Counter

import pytest
from django.db import connection, transaction

from core.ids import new_id
from relational import selectors, services
from relational.models import OutboxLane, OutboxMessage
from relational.rows import NewMessage, Setback
from relational.services.outbox import LANES, lane_of

pytestmark = pytest.mark.django_db(transaction=True)
EVERY_LANE = range(LANES)


def add(*keys, topic="told"):
    with transaction.atomic():
        return services.add_messages([NewMessage(topic, key, {"n": n}) for n, key in enumerate(keys)])


def due(*, lanes=EVERY_LANE, topics=("told", "run"), runs=("run",), limit=100):
    return [row.id for row in selectors.due_messages(lanes, topics=topics, runs=runs, limit=limit)]


def claim(relay, lease_s=60.0):
    return services.claim_lanes(relay, name="test", lease_s=lease_s)


def setback(message, *, wait_s=60.0, is_counted=True, is_dead=False):
    return Setback(message, "why", wait_s, is_counted, is_dead)


def settle(relay, *setbacks, delivered=()):
    services.settle_messages(relay, delivered=delivered, setbacks=setbacks)


def test_lanes_are_shared_evenly_and_given_back_when_others_come():
    first, second, third = new_id(), new_id(), new_id()
    assert claim(first) == list(EVERY_LANE)
    assert claim(second) == []
    assert len(claim(first)) == 32
    assert len(claim(second)) == 32
    assert claim(third) == []
    shares = [set(claim(relay)) for relay in (first, second, third)]
    shares[:2] = [set(claim(relay)) for relay in (first, second)]
    assert sorted(map(len, shares)) == [20, 22, 22]
    assert Counter(lane for share in shares for lane in share) == Counter(EVERY_LANE)
    services.release_lanes(second)
    assert len(claim(first)) == 32


def test_a_lease_that_expired_is_taken_over_and_one_that_was_not_is_left():
    gone, alive = new_id(), new_id()
    claim(gone, lease_s=0.2)
    assert claim(alive) == []
    time.sleep(0.25)
    assert claim(alive) == list(EVERY_LANE)
    assert claim(gone) == []  # it comes back late and shares again, but takes nothing from the other
    assert set(OutboxLane.objects.values_list("holder", flat=True)) == {alive}


def test_a_lane_whose_row_another_relay_is_changing_is_skipped():
    relay = new_id()
    claim(relay)
    with transaction.atomic():
        OutboxLane.objects.select_for_update().get(lane=5)
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT lane FROM relational_outboxlane FOR UPDATE SKIP LOCKED")
                assert len(cursor.fetchall()) == LANES - 1
        finally:
            other.close()


def test_the_first_of_each_key_is_due_and_the_others_wait():
    first, other, second = add("a", "b", "a")
    assert due() == [first, other]
    settle(new_id(), delivered=[first])
    assert due() == [other, second]


def test_what_is_delivered_in_runs_comes_with_those_before_it_but_not_past_one_that_waits():
    relay = new_id()
    claim(relay)
    one, two, three = add("a", "a", "a", topic="run")
    assert due() == [one, two, three]
    settle(relay, setback(two))
    assert due() == [one]
    (last,) = add("a")
    settle(relay, delivered=[one, two, three])
    assert due() == [last]


def test_a_message_of_another_topic_waits_for_its_key():
    (registered,) = add("a", topic="run")
    (changed,) = add("a")
    assert due() == [registered]
    settle(new_id(), delivered=[registered])
    assert due() == [changed]


def test_a_transaction_that_commits_late_is_not_passed_over():
    early, late = connection.copy(), connection.copy()
    insert = "INSERT INTO relational_outboxmessage (lane, key, topic, payload, state, attempts, error) VALUES (1, %s, 'told', '{}', 'pending', 0, '') RETURNING id"
    try:
        late.set_autocommit(False)
        with late.cursor() as slow, early.cursor() as fast:
            slow.execute(insert, ["slow"])
            slow_id = slow.fetchone()[0]
            fast.execute(insert, ["fast"])
            fast_id = fast.fetchone()[0]
            assert due() == [fast_id]
            settle(new_id(), delivered=[fast_id])
            late.commit()
        assert slow_id < fast_id
        assert due() == [slow_id]
    finally:
        early.close()
        late.close()


def test_due_keeps_to_lanes_topics_and_limit():
    ids = add("a", "b", "c")
    assert due(lanes=[lane_of("b")]) == [ids[1]]
    assert due(topics=["run"]) == []
    assert due(lanes=[]) == []
    assert due(limit=2) == ids[:2]


def test_a_failure_is_put_off_and_counted_by_the_lanes_holder_only():
    holder, late = new_id(), new_id()
    claim(holder)
    (message,) = add("a")
    settle(late, setback(message))
    assert due() == [message]
    settle(holder, setback(message))
    assert due() == []
    row = OutboxMessage.objects.get()
    assert (row.state, row.attempts, row.error) == ("pending", 1, "why")
    settle(holder, setback(message, wait_s=0, is_counted=False))
    assert OutboxMessage.objects.get().attempts == 1
    assert due() == [message]


def test_dead_ones_let_the_others_pass_and_are_replayed():
    relay = new_id()
    claim(relay)
    first, second = add("a", "a")
    settle(relay, setback(first, is_dead=True))
    assert due() == [second]
    assert [row.id for row in selectors.dead_messages(limit=10)] == [first]
    assert selectors.dead_messages(limit=10, after=first) == []
    (backlog,) = selectors.outbox_backlog()
    assert (backlog.topic, backlog.pending, backlog.dead) == ("told", 1, 1)
    assert backlog.oldest_age_s > 0
    assert services.replay_messages([second]) == []
    assert services.replay_messages() == [first]
    assert due() == [first]
    assert OutboxMessage.objects.get(id=first).attempts == 0


def test_a_late_failure_does_not_undo_a_delivery():
    relay = new_id()
    claim(relay)
    (message,) = add("a")
    settle(relay, delivered=[message])
    settle(relay, setback(message, is_dead=True))
    assert OutboxMessage.objects.get().state == "delivered"


def test_what_was_delivered_is_pruned_after_its_time():
    relay = new_id()
    claim(relay)
    delivered, dead, _pending = add("a", "b", "c")
    settle(relay, setback(dead, is_dead=True), delivered=[delivered])
    assert services.prune_messages(older_than_s=60) == 0
    assert services.prune_messages(older_than_s=0) == 1
    assert OutboxMessage.objects.count() == 2
