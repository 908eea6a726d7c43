"""Answers kept under the client's own key, in the transaction of what they answer: a request sent twice is done once.

Called by `api/idempotency` for writes whose effect is in PostgreSQL; relays prune what is old.
"""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.db import connections

from core.errors import IdempotencyMismatch, InFlight
from relational.locks import key_of_lock
from relational.prepared import fetch_rows, run_statement
from relational.rows import Answer
from relational.translation import STORE, translated_errors
from relational.units import run_unit

PATH = "Idempotency-Key"
PRUNED_ROWS = 1000

LOCK_KEY = "SELECT pg_try_advisory_xact_lock(%s::bigint)"
IN_FLIGHT = "a request with this Idempotency-Key is being answered: send it again"
# After the lock, in a statement of its own: its snapshot has what the lock's last holder committed.
KEPT_ANSWER = """
SELECT fingerprint, status, body, location FROM relational_idempotentanswer
WHERE user_id = %s AND key = %s AND created > now() - make_interval(secs => %s::float8)
"""
KEEP_ANSWER = """
INSERT INTO relational_idempotentanswer AS kept (user_id, key, fingerprint, status, body, location, created)
VALUES (%s, %s, %s, %s, %s, %s, now())
ON CONFLICT ON CONSTRAINT idempotency_key_once DO UPDATE
SET fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body,
  location = excluded.location, created = excluded.created
WHERE kept.created <= now() - make_interval(secs => %s::float8)
"""
PRUNE = """
DELETE FROM relational_idempotentanswer WHERE id IN (
  SELECT id FROM relational_idempotentanswer WHERE created <= now() - make_interval(secs => %s)
  ORDER BY created LIMIT %s FOR UPDATE SKIP LOCKED)
"""


def answer_once(user_id: UUID, key: str, fingerprint: bytes, effect: Callable[[], Answer]) -> Answer:
    """Return the effect's answer, or the one that was kept when the user sent the same request under the key before.

    The effect writes to PostgreSQL only, by services whose units of work become parts of this one; what it raises is
    not kept. `fingerprint` is 32 bytes of what was asked.

    Raises: InFlight while the same key is answered elsewhere, IdempotencyMismatch when the key stands for another
    request, and what the effect raises.
    """
    return run_unit(lambda: _answer(user_id, key, fingerprint, effect))


def prune_answers() -> int:
    """Delete up to PRUNED_ROWS of the answers that are no longer kept, and return how many."""
    with translated_errors(writes=True), connections[STORE].cursor() as cursor:
        cursor.execute(PRUNE, [settings.IDEMPOTENCY_KEPT_S, PRUNED_ROWS])  # type: ignore[misc]  # mypy does not see split settings
        return int(cursor.rowcount)


def _answer(user_id: UUID, key: str, fingerprint: bytes, effect: Callable[[], Answer]) -> Answer:
    ((is_locked,),) = fetch_rows(LOCK_KEY, [key_of_lock(b"idempotency:" + user_id.bytes + key.encode())])
    if not is_locked:
        raise InFlight(IN_FLIGHT)
    found = _kept_answer(user_id, key)
    if found is None:
        answer = effect()
        _keep(user_id, key, fingerprint, answer)
        return answer
    kept, answer = found
    if kept != fingerprint:
        raise IdempotencyMismatch("this key stands for another request: take a new one", path=PATH)
    return answer


def _kept_answer(user_id: UUID, key: str) -> tuple[bytes, Answer] | None:
    """Return the fingerprint that is kept under the key, and its answer."""
    found = fetch_rows(KEPT_ANSWER, [user_id, key, settings.IDEMPOTENCY_KEPT_S])  # type: ignore[misc]  # as above
    for kept, status, body, location in found:
        return kept, Answer(status, body, location, is_replayed=True)
    return None


def _keep(user_id: UUID, key: str, fingerprint: bytes, answer: Answer) -> None:
    """Keep the answer, or undo its effect: without the lock too, an answer that is still kept is never replaced."""
    row = [user_id, key, fingerprint, answer.status, answer.body, answer.location]
    if not run_statement(KEEP_ANSWER, [*row, settings.IDEMPOTENCY_KEPT_S]):  # type: ignore[misc]  # as above
        raise InFlight(IN_FLIGHT)
