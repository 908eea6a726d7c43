"""Asking for long work. Called by `api/`, `exports/` and whoever else has a kind of job of its own."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from core.principals import Principal
from jobs.celery import call_workers
from jobs.kinds import check_kind
from relational import services
from relational.rows import JobRow
from relational.services.jobs import MAX_FAILURES
from relational.translation import STORE


def submit_job(
    principal: Principal,
    *,
    kind: str,
    request: Mapping[str, Any],
    owner_id: UUID | None = None,
    delay_s: float = 0.0,
    max_failures: int = MAX_FAILURES,
) -> JobRow:
    """Queue a job and, once that is committed, tell the workers; return it. Without Redis they find it a bit later.

    Raises: InvalidInput for a kind that there is not; as `relational.services.add_job`, whose arguments these are.
    """
    check_kind(kind)
    job = services.add_job(
        principal, kind=kind, request=request, owner_id=owner_id, delay_s=delay_s, max_failures=max_failures
    )
    transaction.on_commit(call_workers, using=STORE)
    return job


def retry_job(principal: Principal, job_id: UUID) -> JobRow:
    """Queue a job that failed or was cancelled again, and tell the workers. Raises: as `services.retry_job`."""
    job = services.retry_job(principal, job_id)
    transaction.on_commit(call_workers, using=STORE)
    return job
