"""The outbox as it is: what is due, what is left, what is dead. Called by `operations/`."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connections

from relational.models import MessageState, OutboxMessage
from relational.rows import DeadMessage, MessageRow, TopicBacklog
from relational.translation import STORE, translated_errors

SPARE = 4
LEAST_PER_LANE = 16

# Row state says what is left, no high-water mark: transactions commit in another order than their ids. A message waits
# for the earlier ones of its key; of a topic whose messages are delivered in runs it goes with those before it, unless
# one of them waits for its time.
DUE = """
SELECT due.id, due.topic, due.key, due.payload, due.attempts, due.created
FROM unnest(%(lanes)s::smallint[]) AS held (lane)
CROSS JOIN unnest(%(topics)s::text[]) AS wanted (topic)
CROSS JOIN LATERAL (
  SELECT * FROM relational_outboxmessage AS message
  WHERE message.lane = held.lane AND message.topic = wanted.topic
    AND message.state = 'pending' AND message.available <= now()
    AND NOT EXISTS (
      SELECT FROM relational_outboxmessage AS earlier
      WHERE earlier.key = message.key AND earlier.state = 'pending' AND earlier.id < message.id
        AND (earlier.available > now() OR earlier.topic <> message.topic OR message.topic <> ALL(%(runs)s::text[])))
  ORDER BY message.id LIMIT %(per_lane)s
) AS due
ORDER BY due.id LIMIT %(limit)s
"""
BACKLOG = """
SELECT topic, count(*) FILTER (WHERE state = 'pending'), count(*) FILTER (WHERE state = 'dead'),
  coalesce(extract(epoch FROM now() - min(created) FILTER (WHERE state = 'pending')), 0)::float8
FROM relational_outboxmessage WHERE state IN ('pending', 'dead') GROUP BY topic ORDER BY topic
"""


def due_messages(lanes: Sequence[int], *, topics: Sequence[str], runs: Sequence[str], limit: int) -> list[MessageRow]:
    """Return up to `limit` messages of the lanes and topics that may be delivered now, by id.

    Of each key only the first that is left, but of the topics in `runs` as many as follow one another.

    Raises: StoreError.
    """
    if not lanes or not topics:
        return []
    per_lane = max(SPARE * limit // len(lanes), LEAST_PER_LANE)
    values: dict[str, Any] = {"topics": list(topics), "runs": list(runs), "per_lane": per_lane, "limit": limit}
    with translated_errors(), connections[STORE].cursor() as cursor:
        cursor.execute(DUE, {"lanes": list(lanes), **values})
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


def dead_messages(*, limit: int, after: int = 0) -> list[DeadMessage]:
    """Return up to `limit` dead messages by id, after an id. Raises: StoreError."""
    with translated_errors():
        rows = OutboxMessage.objects.filter(state=MessageState.DEAD, id__gt=after).order_by("id")
        fields = ("id", "topic", "key", "payload", "attempts", "error", "created", "settled")
        return [DeadMessage(*row) for row in rows.values_list(*fields)[:limit]]


def _message(row_id: int, topic: str, key: str, payload: str, attempts: int, created: datetime) -> MessageRow:
    return MessageRow(row_id, topic, key, json.loads(payload), attempts, created)
