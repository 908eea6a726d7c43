"""Jobs as workers have them: taken in hand under a lease, and every write fenced by the attempt. Called by `jobs/`.

Each function that takes an `attempt` writes only while that attempt has the job: whoever was paused, cut off or slow
meanwhile, and whose lease another worker took over, changes nothing and is told so.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections

from core.ids import new_id
from relational.locks import key_of_lock
from relational.models import Job
from relational.prepared import fetch_rows
from relational.rows import ClaimedJob, Sign
from relational.services.jobs import cancel_parts
from relational.translation import translated_errors
from relational.units import run_unit

NOBODY = UUID(int=0)
SHARED_BY_PARTS = ("user_id", "team_id", "created_by", "scopes", "max_failures")
WORKER_LOST = {"code": "worker_lost", "message": "its workers died, or were cut off, too often: see their logs"}
MAX_MESSAGE_CHARACTERS = 1000
# One claim at a time: what runs of a kind and of an owner is counted truly.
LOCK_CLAIMS = "SELECT pg_advisory_xact_lock(%s::bigint)"
# Due is what is queued, what a worker let go without a word, and what was split and whose parts have all ended. Owners
# with less in hand come first, then the oldest. The transaction may have begun long before: it waited for the lock.
CLAIM = """
WITH running AS MATERIALIZED (
  SELECT kind, owner_id FROM relational_job WHERE state = 'running' AND lease_until > statement_timestamp()
), due AS (
  SELECT job.id, job.state = 'running' AND job.lease_until IS NOT NULL AS was_lost FROM relational_job AS job
  WHERE job.state IN ('queued', 'running') AND job.kind = ANY(%(kinds)s)
    AND CASE WHEN job.state = 'queued' THEN job.run_after <= statement_timestamp()
      WHEN job.lease_until IS NOT NULL THEN job.lease_until <= statement_timestamp()
      ELSE NOT EXISTS (SELECT FROM relational_job AS part
        WHERE part.parent_id = job.id AND part.state IN ('queued', 'running')) END
    AND (SELECT count(*) FROM running WHERE kind = job.kind) < coalesce((%(limits)s::jsonb->>job.kind)::int, 2147483647)
  ORDER BY (SELECT count(*) FROM running WHERE owner_id = job.owner_id), job.id
  LIMIT 1 FOR UPDATE OF job SKIP LOCKED
)
UPDATE relational_job AS job SET state = 'running', attempt = attempt + 1, failures = failures + was_lost::int,
  worker = %(worker)s, lease_until = statement_timestamp() + make_interval(secs => %(lease_s)s),
  heartbeat = statement_timestamp(), started = coalesce(started, statement_timestamp())
FROM due WHERE job.id = due.id
RETURNING job.id, kind, owner_id, created_by, parent_id, scopes, request, progress, kept, attempt, failures,
  max_failures, stored_bytes, cancel_requested
"""
HELD = "id = %(id)s AND attempt = %(attempt)s AND state = 'running' AND lease_until IS NOT NULL"
BEAT = f"""
UPDATE relational_job SET heartbeat = now(), lease_until = now() + make_interval(secs => %(lease_s)s),
  progress = %(progress)s::jsonb, stored_bytes = %(stored_bytes)s, {{more}}
WHERE {HELD} RETURNING cancel_requested
"""  # noqa: S608 - a constant
LET_GO = f"""
UPDATE relational_job SET lease_until = NULL, {{more}} WHERE {HELD} RETURNING id
"""  # noqa: S608 - a constant
ENDED = """finished = now(), expires = CASE WHEN parent_id IS NULL THEN now() + make_interval(secs => %(kept_s)s) END"""
SIGN_ON = """
INSERT INTO relational_jobworker (id, name, expires) VALUES (%s, %s, now() + make_interval(secs => %s))
ON CONFLICT (id) DO UPDATE SET expires = EXCLUDED.expires
"""
SIGN_OFF = "DELETE FROM relational_jobworker WHERE id = %s OR expires < now() - interval '1 day'"


def claim_job(worker: str, *, kinds: Sequence[str], limits: Mapping[str, int], lease_s: float) -> ClaimedJob | None:
    """Take the next job of these kinds in hand, for `lease_s` seconds from now; None when nothing is due.

    `limits` says of which kinds only so many may run at once, over all workers. One that was lost with its workers
    too often has failed, and is not returned.

    Raises: StoreUnavailable, StoreTimeout, OutcomeUnknown: a job that was claimed then is due again after its lease.
    """
    asked = {"worker": worker, "kinds": list(kinds), "limits": json.dumps(dict(limits)), "lease_s": lease_s}

    def claim() -> ClaimedJob | None:
        fetch_rows(LOCK_CLAIMS, [key_of_lock(b"jobs:claim")])
        for row in fetch_rows(CLAIM, asked):
            return ClaimedJob(*row)
        return None

    while (job := run_unit(claim)) is not None and job.failures >= job.max_failures:
        fail_job(job.id, job.attempt, error=WORKER_LOST)
    return job


def beat_job(job_id: UUID, attempt: int, *, sign: Sign, lease_s: float) -> bool | None:
    """Renew the lease and write down how far the job is; tell whether it shall be cancelled, None when it is lost.

    Raises: StoreError.
    """
    return _beat("failures = failures", job_id, attempt, sign=sign, lease_s=lease_s)


def keep_checkpoint(job_id: UUID, attempt: int, kept: Mapping[str, Any], *, sign: Sign, lease_s: float) -> bool | None:
    """As `beat_job`, and keep what the next attempt gets; failed attempts are counted from here anew."""
    return _beat(
        "failures = 0, kept = %(kept)s::jsonb", job_id, attempt, sign=sign, lease_s=lease_s, kept=json.dumps(kept)
    )


def finish_job(job_id: UUID, attempt: int, *, result: Mapping[str, Any], sign: Sign) -> bool:
    """Let a job have succeeded with a result, plain JSON; False when it is lost. Raises: StoreError."""
    more = f"state = 'succeeded', result = %(result)s::jsonb, progress = %(progress)s::jsonb, error = NULL, {ENDED}"
    values = {"result": json.dumps(result), "progress": json.dumps(sign.progress), "stored_bytes": sign.stored_bytes}
    return _let_go(f"stored_bytes = %(stored_bytes)s, {more}", job_id, attempt, **values)


def fail_job(job_id: UUID, attempt: int, *, error: Mapping[str, str], wait_s: float | None = None) -> bool:
    """Write down why an attempt failed: it is tried again after `wait_s` seconds, or has failed for good when None.

    With one that has failed for good the other parts of the same job are cancelled, and its own. False when it is
    lost. Raises: StoreError.
    """
    values = {"error": json.dumps({**error, "message": _clean(error["message"])}), "wait_s": wait_s}
    if wait_s is not None:
        again = "run_after = now() + make_interval(secs => %(wait_s)s)"
        more = f"state = 'queued', failures = failures + 1, error = %(error)s::jsonb, {again}"
        return _let_go(more, job_id, attempt, **values)
    return run_unit(lambda: _end(f"state = 'failed', error = %(error)s::jsonb, {ENDED}", job_id, attempt, **values))


def end_cancelled(job_id: UUID, attempt: int) -> bool:
    """Let a job that was to be cancelled have ended, with its parts; False when it is lost. Raises: StoreError."""
    return run_unit(lambda: _end(f"state = 'cancelled', {ENDED}", job_id, attempt))


def release_job(job_id: UUID, attempt: int) -> bool:
    """Give a job back, at once due for any worker: this one ends. False when it is lost. Raises: StoreError."""
    return _let_go("state = 'queued', run_after = now()", job_id, attempt)


def park_job(job_id: UUID, attempt: int) -> bool:
    """Put a job aside until every part of it has ended; False when it is lost. Raises: StoreError."""
    return _let_go("worker = ''", job_id, attempt)


def split_job(job_id: UUID, attempt: int, parts: Sequence[tuple[str, Mapping[str, Any]]]) -> bool:
    """Queue parts of a job, (kind, request) each, as its owner's; False when it is lost. Raises: StoreError."""

    def split() -> bool:
        whole = Job.objects.select_for_update().filter(
            pk=job_id, attempt=attempt, state="running", lease_until__isnull=False
        )
        for job in whole:
            shared = {name: getattr(job, name) for name in SHARED_BY_PARTS}
            ids = sorted(new_id() for _ in parts)
            Job.objects.bulk_create(
                Job(id=part_id, parent_id=job_id, kind=kind, request=dict(request), **shared)
                for part_id, (kind, request) in zip(ids, parts, strict=True)
            )
            return True
        return False

    return run_unit(split)


def sign_on(worker_id: UUID, *, name: str, lease_s: float) -> None:
    """Give a worker's sign of life, good for `lease_s` seconds. Raises: StoreError."""
    with translated_errors(writes=True), connections["default"].cursor() as cursor:
        cursor.execute(SIGN_ON, [worker_id, name, lease_s])


def sign_off(worker_id: UUID) -> None:
    """Take a worker's sign of life away, and those of workers long gone. Raises: StoreError."""
    with translated_errors(writes=True), connections["default"].cursor() as cursor:
        cursor.execute(SIGN_OFF, [worker_id])


def remove_job(job_id: UUID) -> None:
    """Delete the row of a whole job whose time is over, and its parts'. Raises: StoreError."""
    with translated_errors(writes=True):
        Job.objects.filter(pk=job_id, expires__isnull=False, finished__isnull=False).delete()


def _beat(more: str, job_id: UUID, attempt: int, *, sign: Sign, lease_s: float, kept: str | None = None) -> bool | None:
    values = {"progress": json.dumps(sign.progress), "stored_bytes": sign.stored_bytes, "lease_s": lease_s}
    with translated_errors(writes=True):
        for (wanted,) in fetch_rows(BEAT.format(more=more), {"id": job_id, "attempt": attempt, "kept": kept, **values}):
            return bool(wanted)
    return None


def _let_go(more: str, job_id: UUID, attempt: int, **values: Any) -> bool:
    kept_s = settings.FILES_KEPT_S  # type: ignore[misc]  # mypy does not see split settings
    with translated_errors(writes=True):
        values = {"id": job_id, "attempt": attempt, "kept_s": kept_s, **values}
        return bool(fetch_rows(LET_GO.format(more=more), values))


def _end(more: str, job_id: UUID, attempt: int, **values: Any) -> bool:
    """Let go for good, in the open transaction; parts of the same job, and the job's own, are cancelled."""
    if not _let_go(more, job_id, attempt, **values):
        return False
    for (parent_id,) in Job.objects.filter(pk=job_id).values_list("parent_id"):
        cancel_parts(job_id=NOBODY, parent_id=parent_id or job_id)
    return True


def _clean(text: str) -> str:
    return text.replace("\0", "")[:MAX_MESSAGE_CHARACTERS]
