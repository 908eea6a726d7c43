"""How much of the outbox is read to find what is due and what is left, whatever PostgreSQL's statistics say."""

import json
import re
from importlib import import_module

import pytest
from django.db import connection, transaction
from django.db.migrations import RunSQL

from operations.relay import Relay
from operations.relay.loop import Pace
from relational.models import OutboxMessage
from relational.selectors import due_messages, outbox_backlog
from relational.selectors import outbox as statements
from relational.services.deliveries import MAX_PRUNED
from relational.services.outbox import LANES, lane_of
from routers import PROJECT_ROOT

pytestmark = pytest.mark.django_db(transaction=True)
BUSY = 10_000
SPREAD = 500
MOST_BUFFERS = 12_000
MOST_BUFFERS_OF_A_COUNT = 20


@pytest.fixture(params=["told", "run"])
def burst(request):
    """Messages that came after the statistics of an empty table: 10,000 of one key, 500 of others."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE relational_outboxmessage")
    fill(["busy"] * BUSY, request.param)
    fill([f"key{n}" for n in range(SPREAD)], request.param)
    return request.param


FILL = """
    INSERT INTO relational_outboxmessage
        (lane, key, topic, state, available, settled, payload, attempts, error)
    SELECT lane, key, %(topic)s, %(state)s, %(available)s, %(settled)s, '{}', 0, ''
    FROM unnest(%(lanes)s::int[], %(keys)s::text[]) WITH ORDINALITY AS row (lane, key, place) ORDER BY place"""


def fill(keys, topic, *, state="pending", available="now", settled=None):
    """Store many messages by one statement: a bulk of Django's takes seconds."""
    lanes, keys = zip(*((lane_of(key), key) for key in keys), strict=True)
    values = {"topic": topic, "state": state, "available": available, "settled": settled}
    with connection.cursor() as cursor:
        cursor.execute(FILL, {**values, "lanes": list(lanes), "keys": list(keys)})


def due_keys():
    rows = due_messages(range(LANES), topics=["told", "run"], runs=["run"], limit=1000)
    return [row.key for row in rows]


def buffers(statement, values=None, *, as_relay=True):
    """Return how many pages of the cache a statement touches."""
    with transaction.atomic(), connection.cursor() as cursor:
        if as_relay:
            cursor.execute(statements.FOR_THIS_READ)
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", values)
        (answer,) = cursor.fetchone()
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def buffers_for_due():
    values = {"lanes": list(range(LANES)), "topics": ["told", "run"], "runs": ["run"]}
    return buffers(statements.DUE, {**values, "per_lane": 62, "slice": statements.SLICE, "limit": 1000})


def others_of_the_busy_lane():
    return {key for key in (f"key{n}" for n in range(SPREAD)) if lane_of(key) == lane_of("busy")}


def test_a_burst_of_one_key_costs_little(burst):
    assert buffers_for_due() < MOST_BUFFERS
    keys = due_keys()
    assert keys.count("busy") == (62 if burst == "run" else 1)
    assert len(set(keys)) == SPREAD + 1 - len(others_of_the_busy_lane())


def test_a_key_whose_first_message_waits_does_not_keep_others_of_its_lane_waiting(burst):
    first = OutboxMessage.objects.filter(key="busy").earliest("id")
    OutboxMessage.objects.filter(id=first.id).update(available="2100-01-01T00:00:00Z")
    assert others_of_the_busy_lane()
    assert sorted(due_keys()) == sorted(f"key{n}" for n in range(SPREAD))
    assert buffers_for_due() < MOST_BUFFERS


def test_a_run_ends_before_what_waits_and_before_another_topic():
    for topic in ("run", "told", "run"):
        fill(["a"], topic)
    fill(["b", "b"], "run")
    fill(["b"], "run", available="2100-01-01T00:00:00Z")
    fill(["b"], "run")
    assert due_keys() == ["a", "b", "b"]


def test_the_server_ends_a_read_that_was_given_up():
    with transaction.atomic(), connection.cursor() as cursor:
        due_keys()
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("10s",)


def test_the_backlog_is_counted_without_what_was_delivered():
    settled = "2026-01-01T00:00:00Z"
    fill((f"key{n}" for n in range(5000)), "told", state="delivered", settled=settled)
    fill(["a", "b"], "told")
    fill(["c"], "told", state="dead", settled=settled)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE relational_outboxmessage")
    assert buffers(statements.BACKLOG, as_relay=False) < MOST_BUFFERS_OF_A_COUNT
    (backlog,) = outbox_backlog()
    assert (backlog.topic, backlog.pending, backlog.dead) == ("told", 2, 1)


def test_more_than_a_portion_of_what_is_old_goes_within_a_few_rounds():
    fill((f"key{n}" for n in range(MAX_PRUNED + 1)), "told", state="delivered", settled="2026-01-01T00:00:00Z")
    relay = Relay("one", Pace(kept_s=60))
    relay.deliver_due()
    assert OutboxMessage.objects.count() == 1
    relay.deliver_due()
    assert OutboxMessage.objects.count() == 0
    fill(["late"], "told", state="delivered", settled="2026-01-01T00:00:00Z")
    relay.deliver_due()
    assert OutboxMessage.objects.count() == 1


def test_ids_start_from_the_clock():
    fill(["before"], "told")
    migration = import_module("relational.migrations.0007_outbox_reading").Migration
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('relational_outboxmessage', 'id'), 1)")
        for operation in migration.operations:
            if isinstance(operation, RunSQL):
                cursor.execute(str(operation.sql))
        cursor.execute("SELECT extract(epoch FROM now()) * 1000 - 60000")
        (a_minute_ago,) = cursor.fetchone()
    fill(["after"], "told")
    (first,) = OutboxMessage.objects.filter(key="after")
    assert first.id > a_minute_ago
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('relational_outboxmessage', 'id'), %s)", [first.id * 2])
        cursor.execute(migration.operations[-1].sql)
    fill(["greater"], "told")
    assert OutboxMessage.objects.get(key="greater").id == first.id * 2 + 1


def test_the_statement_for_operators_does_the_same():
    (statement,) = re.findall(r"```sql\n(.*?)```", (PROJECT_ROOT / "docs" / "outbox.md").read_text("utf-8"), re.DOTALL)
    migration = import_module("relational.migrations.0007_outbox_reading")
    assert statement.rstrip("; \n").split() == migration.START_FROM_THE_CLOCK.split()
