"""The outbox as it is: what is due, what is left, what is dead. Called by `operations/`."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connections, transaction
from django.db.models.functions import Now

from relational.models import MessageState, OutboxMessage, OutboxRelay
from relational.rows import DeadMessage, MessageRow, TopicBacklog
from relational.translation import STORE, translated_errors

SPARE = 4
LEAST_PER_LANE = 16
# So many messages of a lane and topic are looked at, those of keys whose first one waits not counted.
SLICE = 2000
# The server ends what the relay has given up; statistics, which lag behind a burst, must not choose how it is read.
FOR_THIS_READ = """
SELECT set_config('statement_timeout', '10s', true), set_config('enable_seqscan', 'off', true),
  set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)
"""
# Row state says what is left, no high-water mark: transactions commit in another order than their ids. A message waits
# for the earlier ones of its key; of a topic whose messages are delivered in runs it goes with those before it, unless
# one of them waits for its time. Comparing rows makes one index the only way to each order.
DUE = """
WITH waiting AS MATERIALIZED (
  SELECT later.key
  FROM (
    SELECT key, id, lane FROM relational_outboxmessage WHERE state = 'pending' AND available > now() ORDER BY available
  ) AS later
  CROSS JOIN LATERAL (
    SELECT id FROM relational_outboxmessage
    WHERE state = 'pending' AND (key, id) >= (later.key, 0) ORDER BY key, id LIMIT 1
  ) AS head
  WHERE head.id = later.id AND later.lane = ANY(%(lanes)s::smallint[])
)
SELECT due.id, due.topic, due.key, due.payload, due.attempts, due.created
FROM unnest(%(lanes)s::smallint[]) AS held (lane)
CROSS JOIN unnest(%(topics)s::text[]) AS wanted (topic)
CROSS JOIN LATERAL (
  SELECT run.*
  FROM (
    SELECT id, key FROM relational_outboxmessage
    WHERE state = 'pending' AND (lane, topic, id) >= (held.lane, wanted.topic, 0)
      AND (lane, topic, id) < (held.lane, wanted.topic, 9223372036854775807)
      AND key NOT IN (SELECT key FROM waiting)
    ORDER BY lane, topic, id LIMIT %(slice)s
  ) AS candidate
  CROSS JOIN LATERAL (
    SELECT id FROM relational_outboxmessage
    WHERE state = 'pending' AND (key, id) >= (candidate.key, 0) ORDER BY key, id LIMIT 1
  ) AS head
  CROSS JOIN LATERAL (
    SELECT *, bool_and(available <= now() AND topic = wanted.topic) OVER (ORDER BY key, id) AS is_due
    FROM (
      SELECT * FROM relational_outboxmessage
      WHERE state = 'pending' AND (key, id) >= (candidate.key, candidate.id)
        AND (key, id) < (candidate.key, 9223372036854775807)
      ORDER BY key, id LIMIT CASE WHEN wanted.topic = ANY(%(runs)s::text[]) THEN %(per_lane)s ELSE 1 END
    ) AS following
  ) AS run
  WHERE head.id = candidate.id AND run.is_due LIMIT %(per_lane)s
) AS due
ORDER BY due.id LIMIT %(limit)s
"""
# Each half has an index of its own; what was delivered, most of the table, is in neither.
BACKLOG = """
SELECT topic, sum(pending)::int, sum(dead)::int, coalesce(extract(epoch FROM now() - min(oldest)), 0)::float8
FROM (
  SELECT topic, count(*) AS pending, 0 AS dead, min(created) AS oldest
  FROM relational_outboxmessage WHERE state = 'pending' GROUP BY topic
  UNION ALL
  SELECT topic, 0, count(*), NULL FROM relational_outboxmessage WHERE state = 'dead' GROUP BY topic
) AS counted
GROUP BY topic ORDER BY topic
"""

LAST_ERRORS = """
SELECT DISTINCT ON (topic) topic, error FROM relational_outboxmessage
WHERE state IN ('pending', 'dead') AND error <> '' ORDER BY topic, coalesce(settled, available) DESC
"""


def due_messages(lanes: Sequence[int], *, topics: Sequence[str], runs: Sequence[str], limit: int) -> list[MessageRow]:
    """Return up to `limit` messages of the lanes and topics that may be delivered now, by id.

    Of each key only the first that is left, but of the topics in `runs` as many as follow one another.

    Raises: StoreError.
    """
    if not lanes or not topics:
        return []
    per_lane = max(SPARE * limit // len(lanes), LEAST_PER_LANE)
    values: dict[str, Any] = {"lanes": list(lanes), "topics": list(topics), "runs": list(runs)}
    values |= {"per_lane": per_lane, "slice": SLICE, "limit": limit}
    with translated_errors(), transaction.atomic(using=STORE), connections[STORE].cursor() as cursor:
        cursor.execute(FOR_THIS_READ)
        cursor.execute(DUE, values)
        return [_message(*row) for row in cursor.fetchall()]


def pending_messages(key: str) -> list[MessageRow]:
    """Return what is left to deliver of a key, by id, also what is not due yet. Raises: StoreError."""
    with translated_errors():
        rows = OutboxMessage.objects.filter(key=key, state=MessageState.PENDING).order_by("id")
        return [MessageRow(*row) for row in rows.values_list("id", "topic", "key", "payload", "attempts", "created")]


def outbox_backlog() -> list[TopicBacklog]:
    """Count what is left and what is dead, by topic. Raises: StoreError."""
    with translated_errors(), connections[STORE].cursor() as cursor:
        cursor.execute(BACKLOG)
        return [TopicBacklog(*row) for row in cursor.fetchall()]


def last_errors() -> dict[str, str]:
    """Return why a message of each topic was not delivered, the last one that is left or dead. Raises: StoreError."""
    with translated_errors(), connections[STORE].cursor() as cursor:
        cursor.execute(LAST_ERRORS)
        return dict(cursor.fetchall())


def living_relays() -> list[str]:
    """Return the names of the relays that gave a sign of life within their lease, sorted. Raises: StoreError."""
    with translated_errors():
        return list(OutboxRelay.objects.filter(expires__gt=Now()).order_by("name").values_list("name", flat=True))


def dead_messages(*, limit: int, after: int = 0) -> list[DeadMessage]:
    """Return up to `limit` dead messages by id, after an id. Raises: StoreError."""
    with translated_errors():
        rows = OutboxMessage.objects.filter(state=MessageState.DEAD, id__gt=after).order_by("id")
        fields = ("id", "topic", "key", "payload", "attempts", "error", "created", "settled")
        return [DeadMessage(*row) for row in rows.values_list(*fields)[:limit]]


def _message(row_id: int, topic: str, key: str, payload: str, attempts: int, created: datetime) -> MessageRow:
    return MessageRow(row_id, topic, key, json.loads(payload), attempts, created)
