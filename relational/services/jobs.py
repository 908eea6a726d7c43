"""Jobs as people have them: asked for, cancelled, tried again, deleted; each in one transaction of PostgreSQL.

Called by `jobs.queue` and `api/`. What workers write stands in `relational.services.job_runs`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.db.models.functions import Now

from core.errors import Conflict, PermissionRefused
from core.principals import SYSTEM_ID, Principal
from core.times import now
from relational.locks import key_of_lock
from relational.models import OPEN, Job, JobState
from relational.rows import JobRow
from relational.selectors.jobs import job_by_id
from relational.selectors.teams import check_owner
from relational.translation import STORE, translated_errors
from relational.units import run_unit

MAX_FAILURES = 5
# What nobody has in hand ends at once; who has it learns it with the next sign of life.
CANCEL = """
UPDATE relational_job SET cancel_requested = true,
  state = CASE WHEN is_idle THEN 'cancelled' ELSE state END,
  finished = CASE WHEN is_idle THEN now() END,
  expires = CASE WHEN is_idle AND parent_id IS NULL THEN now() + make_interval(secs => %(kept_s)s) END
FROM (
  SELECT id AS chosen, state = 'queued' OR lease_until IS NULL AS is_idle FROM relational_job
  WHERE (id = %(id)s OR parent_id = %(parent)s) AND state IN ('queued', 'running') ORDER BY id FOR UPDATE
) AS open WHERE id = chosen
"""
# An ended job whose files may be being deleted is not taken up again.
RETRIED = {
    "state": JobState.QUEUED,
    "failures": 0,
    "cancel_requested": False,
    "error": None,
    "finished": None,
    "expires": None,
    "run_after": Now(),
}
ABOUT_TO_EXPIRE = timedelta(minutes=1)


def add_job(
    principal: Principal,
    *,
    kind: str,
    request: Mapping[str, Any],
    owner_id: UUID | None = None,
    delay_s: float = 0.0,
    max_failures: int = MAX_FAILURES,
) -> JobRow:
    """Queue a job of a kind, the principal's own or `owner_id`'s, to run after `delay_s` seconds; return it.

    `request` is plain JSON that the kind's handler understands. It runs with the rights that the principal's user has
    then, within the principal's scopes. After `max_failures` failed attempts without a new checkpoint it has failed.

    Raises: as `check_owner`; Conflict when the owner has TRIVIUM_JOBS_MAX_OPEN open jobs already; StoreError.
    """
    owner_id = owner_id or principal.user_id

    def add() -> UUID:
        job = Job(kind=kind, request=dict(request), created_by=principal.user_id, max_failures=max_failures)
        job.scopes = sorted(principal.scopes)
        if owner_id != SYSTEM_ID or not principal.writes_of(SYSTEM_ID):
            is_team = check_owner(principal, owner_id)
            job.team_id, job.user_id = (owner_id, None) if is_team else (None, owner_id)
        _check_room(owner_id)
        job.run_after = Now() + timedelta(seconds=delay_s)  # by the clock of PostgreSQL
        job.save(force_insert=True)
        return job.id

    job_id = run_unit(add)
    return job_by_id(principal, job_id)


def cancel_job(principal: Principal, job_id: UUID) -> JobRow:
    """Let a job end as soon as it can, with those it was split into; one that nobody has in hand has ended at once.

    Raises: NotFound, PermissionRefused for what is not the principal's to change, Conflict for one that has ended or
    is a part of another.
    """
    return run_unit(lambda: _cancel(principal, job_id))


def retry_job(principal: Principal, job_id: UUID) -> JobRow:
    """Queue a job that failed or was cancelled again; it goes on from its checkpoint.

    Raises: as `cancel_job`, Conflict for one that did neither, whose parts still end, or that is about to be deleted.
    """
    return run_unit(lambda: _retry(principal, job_id))


def delete_job(principal: Principal, job_id: UUID) -> None:
    """Let the time of a job that has ended be over: it is gone, and a worker deletes its files.

    Raises: as `cancel_job`, Conflict for one that is open.
    """

    def delete() -> None:
        job = _held_job(principal, job_id)
        if job.is_open:
            raise Conflict(f"the job is {job.state}: cancel it first")
        Job.objects.filter(pk=job_id).update(expires=Now())
        Job.objects.filter(parent_id=job_id).update(expires=Now())

    run_unit(delete)


def cancel_parts(*, job_id: UUID, parent_id: UUID) -> None:
    """Cancel a job and the parts of a job, in the open transaction: an id that is nobody's names none."""
    kept_s = settings.FILES_KEPT_S  # type: ignore[misc]  # mypy does not see split settings
    with connections[STORE].cursor() as cursor:
        cursor.execute(CANCEL, {"id": job_id, "parent": parent_id, "kept_s": kept_s})


def _cancel(principal: Principal, job_id: UUID) -> JobRow:
    job = _held_job(principal, job_id)
    if job.state == JobState.CANCELLED:
        return job
    if not job.is_open:
        raise Conflict(f"the job has {job.state} already")
    cancel_parts(job_id=job_id, parent_id=job_id)
    return job_by_id(principal, job_id)


def _retry(principal: Principal, job_id: UUID) -> JobRow:
    job = _held_job(principal, job_id)
    again = (JobState.FAILED, JobState.CANCELLED)
    if job.state not in again:
        raise Conflict(f"the job is {job.state}: what failed or was cancelled is tried again")
    if job.expires is not None and job.expires < now() + ABOUT_TO_EXPIRE:
        raise Conflict("the job is about to be deleted: ask for a new one")
    if Job.objects.filter(OPEN, parent_id=job_id).exists():
        raise Conflict("parts of the job are still ending: try again in a moment")
    _check_room(job.owner_id)
    Job.objects.filter(parent_id=job_id, state__in=again).update(**RETRIED)
    Job.objects.filter(pk=job_id).update(**RETRIED)
    return job_by_id(principal, job_id)


def _held_job(principal: Principal, job_id: UUID) -> JobRow:
    """Lock a whole job's row for who may change it."""
    with translated_errors():
        list(Job.objects.select_for_update().filter(pk=job_id).values_list("pk"))
    job = job_by_id(principal, job_id)
    if not (principal.writes_everything or principal.owns(job.owner_id)):
        raise PermissionRefused("this job is somebody else's")
    if job.parent_id is not None:
        raise Conflict(f"it is a part of the job {job.parent_id}: do it with that")
    return job


def _check_room(owner_id: UUID) -> None:
    """Let nobody else add a job of the owner's until this transaction ends, and count those that are open."""
    most = settings.JOBS_MAX_OPEN  # type: ignore[misc]  # mypy does not see split settings
    with connections[STORE].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [key_of_lock(b"jobs:" + owner_id.bytes)])
    if Job.objects.filter(OPEN, owner_id=owner_id, parent=None).count() >= most:
        raise Conflict(f"an owner has at most {most} open jobs: wait until one ends, or cancel one")
