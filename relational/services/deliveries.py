"""What became of messages of the outbox: delivered, put off, failed, dead; replayed and pruned.

Called by `operations.relay` (settle, prune) and by operators (replay).
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import connections, transaction

from relational.rows import Setback
from relational.translation import STORE, translated_errors

MAX_ERROR_CHARACTERS = 1000
MAX_PRUNED = 10_000

# Locked in the order of ids, so that two relays (one of them late) cannot wait for each other. Who delivered a message
# may say so even when its lease is over: it is true.
DELIVERED = """
WITH done AS (
  SELECT id FROM relational_outboxmessage WHERE id = ANY(%s) AND state = 'pending' ORDER BY id FOR UPDATE
)
UPDATE relational_outboxmessage SET state = 'delivered', settled = now(), error = ''
WHERE id IN (SELECT id FROM done)
"""
# A failure is counted by the lane's holder only: a late relay's says nothing about the present.
SET_BACK = """
WITH setback AS (
  SELECT *
  FROM unnest(%(ids)s::bigint[], %(errors)s::text[], %(waits)s::float8[], %(attempts)s::int[], %(dead)s::bool[])
    AS given (id, error, wait_s, attempts, dead)
), held AS (
  SELECT message.id FROM relational_outboxmessage AS message
  JOIN relational_outboxlane AS lane ON lane.lane = message.lane AND lane.holder = %(relay)s
  WHERE message.id = ANY(%(ids)s) AND message.state = 'pending' ORDER BY message.id FOR UPDATE OF message
)
UPDATE relational_outboxmessage AS message
SET state = CASE WHEN setback.dead THEN 'dead' ELSE 'pending' END,
    settled = CASE WHEN setback.dead THEN now() END,
    attempts = message.attempts + setback.attempts,
    available = now() + make_interval(secs => setback.wait_s),
    error = setback.error
FROM setback WHERE setback.id = message.id AND message.id IN (SELECT id FROM held)
"""
REPLAY = """
WITH chosen AS (
  SELECT id FROM relational_outboxmessage WHERE state = 'dead' AND (%(all)s OR id = ANY(%(ids)s)) ORDER BY id FOR UPDATE
)
UPDATE relational_outboxmessage SET state = 'pending', attempts = 0, available = now(), settled = NULL
WHERE id IN (SELECT id FROM chosen) RETURNING id
"""
PRUNE = """
DELETE FROM relational_outboxmessage WHERE id IN (
  SELECT id FROM relational_outboxmessage
  WHERE state = 'delivered' AND settled < now() - make_interval(secs => %s)
  ORDER BY settled LIMIT %s FOR UPDATE SKIP LOCKED)
"""


def settle_messages(relay: UUID, *, delivered: Sequence[int], setbacks: Sequence[Setback]) -> None:
    """Write down what became of a batch; what is settled already stays as it is. Raises: StoreError."""
    with translated_errors(writes=True), transaction.atomic(using=STORE), connections[STORE].cursor() as cursor:
        if delivered:
            cursor.execute(DELIVERED, [list(delivered)])
        if setbacks:
            cursor.execute(SET_BACK, {"relay": relay, **_columns(setbacks)})


def replay_messages(ids: Sequence[int] | None = None) -> list[int]:
    """Let dead messages be delivered again, those of `ids` or all, and return the ids of those that were dead.

    Raises: StoreError.
    """
    with translated_errors(writes=True), connections[STORE].cursor() as cursor:
        cursor.execute(REPLAY, {"all": ids is None, "ids": list(ids or ())})
        return sorted(row_id for (row_id,) in cursor.fetchall())


def prune_messages(*, older_than_s: float, limit: int = MAX_PRUNED) -> int:
    """Delete up to `limit` messages that were delivered longer ago, and return how many. Raises: StoreError."""
    with translated_errors(writes=True), connections[STORE].cursor() as cursor:
        cursor.execute(PRUNE, [older_than_s, limit])
        return int(cursor.rowcount)


def _columns(setbacks: Sequence[Setback]) -> dict[str, list[object]]:
    return {
        "ids": [setback.id for setback in setbacks],
        "errors": [setback.error.replace("\0", "")[:MAX_ERROR_CHARACTERS] for setback in setbacks],
        "waits": [setback.wait_s for setback in setbacks],
        "attempts": [int(setback.is_counted) for setback in setbacks],
        "dead": [setback.is_dead for setback in setbacks],
    }
