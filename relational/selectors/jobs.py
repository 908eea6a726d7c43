"""Jobs: reads. A job whose time is over is not there any more, also while its files are still to be deleted.

Called by `api/` (what people see), `jobs/` (what workers need) and `operations/` (what is left to do).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Now

from core.errors import NotFound, PermissionRefused
from core.principals import SYSTEM, SYSTEM_ID, Principal, Role, Scope
from relational.filters import NO_FILTERS, JobFilter, narrow_rows, rows_after
from relational.models import Job, JobWorker
from relational.rows import JOB_FIELDS, JobRow, JobsBacklog
from relational.selectors.identity import credential_of_user
from relational.translation import STORE, translated_errors

SHOWN = Q(expires__isnull=True) | Q(expires__gt=Now())
# What was split works by its parts: their numbers are its own.
PARTS = """
SELECT parent_id, jsonb_strip_nulls(jsonb_build_object(
  'done', done, 'total', total, 'rows', rows, 'bytes', bytes, 'rate', rate, 'share', round(share, 4),
  'eta_s', CASE WHEN share > 0.01 THEN round(taken_s * (1 - share) / share, 1) END))::text
FROM (
  SELECT parent_id, count(*) FILTER (WHERE state = 'succeeded') AS done, count(*) AS total,
    sum((progress->>'rows')::numeric) AS rows, sum((progress->>'bytes')::numeric) AS bytes,
    sum((progress->>'rate')::numeric) FILTER (WHERE state = 'running') AS rate,
    avg(CASE WHEN state = 'succeeded' THEN 1 ELSE coalesce((progress->>'share')::numeric, 0) END) AS share,
    extract(epoch FROM now() - min(started)) AS taken_s
  FROM relational_job WHERE parent_id = ANY(%s) GROUP BY parent_id
) AS parts
"""
BACKLOG = """
SELECT count(*) FILTER (WHERE state = 'queued'), count(*) FILTER (WHERE state = 'running'),
  coalesce(extract(epoch FROM now() - least(now(), min(run_after) FILTER (WHERE state = 'queued'))), 0)::float8,
  (SELECT count(*) FROM relational_jobworker WHERE expires > now())
FROM relational_job WHERE state IN ('queued', 'running')
"""


def job_by_id(principal: Principal, job_id: UUID) -> JobRow:
    """Return one job.

    Raises: NotFound when there is none, or it is not the principal's to see.
    """
    with translated_errors():
        fields = Job.objects.filter(SHOWN, pk=job_id).values_list(*JOB_FIELDS).first()
        job = JobRow(*fields) if fields else None
        if job is None or not principal.reads_of(job.owner_id):
            raise NotFound("no such job")
        return _summed([job])[0]


def jobs_page(
    principal: Principal,
    *,
    limit: int,
    last: UUID | None = None,
    descending: bool = True,
    filters: Mapping[str, Any] = NO_FILTERS,
) -> list[JobRow]:
    """Return up to `limit` jobs the principal may see, in the order of their ids, from after the last one seen.

    Filters are those of `JobFilter`; without `parent` only whole jobs. Raises: InvalidInput for a wrong one.
    """
    jobs = rows_after(Job.objects.filter(SHOWN), last, descending=descending)
    if not principal.sees_everything:
        jobs = jobs.filter(owner_id__in=principal.owner_ids)
    if not filters.get("parent"):
        jobs = jobs.filter(parent=None)
    jobs = narrow_rows(JobFilter, jobs, filters)
    with translated_errors():
        return _summed(_rows(jobs[:limit]))


def parts_of_job(job_id: UUID) -> list[JobRow]:
    """Return the jobs that a job was split into, in the order in which they were named. Raises: StoreError."""
    with translated_errors():
        return _rows(Job.objects.filter(parent_id=job_id).order_by("id"))


def principal_of_job(created_by: UUID, scopes: Sequence[str], owner_id: UUID) -> Principal:
    """Return who asked for a job, with the role and teams of this moment, within the scopes it was asked with.

    Raises: PermissionRefused when the user was deactivated or may not write what is the owner's any more.
    """
    if created_by == SYSTEM_ID:
        return SYSTEM
    credential = credential_of_user(created_by)
    if credential is None:
        raise PermissionRefused("who asked for this job is deactivated")
    within = frozenset(Scope(scope) for scope in scopes if scope in set(Scope))
    principal = Principal(created_by, Role(credential.role), frozenset(credential.team_ids), within)
    if not principal.writes_of(owner_id):
        raise PermissionRefused("who asked for this job is not in the team any more that owns it")
    return principal


def stored_bytes_of(owner_id: UUID, *, but: UUID) -> int:
    """Return how many bytes an owner's jobs have stored, all but one and its parts, and what was deleted.

    Raises: StoreError.
    """
    with translated_errors():
        others = Job.objects.filter(SHOWN, owner_id=owner_id, stored_bytes__gt=0).exclude(pk=but).exclude(parent_id=but)
        return int(others.aggregate(total=Sum("stored_bytes"))["total"] or 0)


def jobs_backlog() -> JobsBacklog:
    """Return what is left to do, and how many workers run. Raises: StoreError."""
    with translated_errors(), connections[STORE].cursor() as cursor:
        cursor.execute(BACKLOG)
        return JobsBacklog(*cursor.fetchone())


def living_workers() -> list[str]:
    """Return the names of the workers that gave a sign of life within their lease, sorted. Raises: StoreError."""
    with translated_errors():
        return list(JobWorker.objects.filter(expires__gt=Now()).order_by("name").values_list("name", flat=True))


def expired_jobs(*, limit: int) -> list[UUID]:
    """Return up to `limit` whole jobs that have ended and whose time is over. Raises: StoreError."""
    with translated_errors():
        over = Job.objects.filter(expires__lte=Now(), finished__isnull=False, parent=None).order_by("expires")
        return list(over.values_list("id", flat=True)[:limit])


def _rows(jobs: QuerySet[Job]) -> list[JobRow]:
    return [JobRow(*fields) for fields in jobs.values_list(*JOB_FIELDS)]


def _summed(jobs: list[JobRow]) -> list[JobRow]:
    """Give jobs that run by their parts the sum of the parts' progress."""
    working = [job.id for job in jobs if job.is_open and job.parent_id is None]
    if not working:
        return jobs
    with connections[STORE].cursor() as cursor:
        cursor.execute(PARTS, [working])
        sums = {parent_id: json.loads(text) for parent_id, text in cursor.fetchall()}
    return [replace(job, progress={**job.progress, **sums.get(job.id, {})}) for job in jobs]
