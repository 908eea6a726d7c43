"""Jobs, long work that workers do: the list, one with its progress, and cancelling, trying again and deleting one."""

import math
from dataclasses import asdict
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.parameters import filter_parameters
from api.serializers import EmptyBody, check_length, page_of, read_body
from api.views import ApiView, PagedView
from jobs import queue
from relational import selectors, services
from relational.filters import JobFilter
from relational.models import JobState
from relational.rows import JobRow

PROGRESS = "rows, bytes, done of total parts, share (0 to 1), rate (rows/s), eta_s (left), text: what its kind knows."
# Of the time that is left a part is waited for before a job is looked at again, within bounds.
LOOKS_PER_ETA, LONGEST_WAIT_S = 4, 30


class JobErrorSerializer(serializers.Serializer[Any]):
    """Why the last attempt failed."""

    code = serializers.CharField(help_text="As in a problem; worker_lost when its workers died too often.")
    message = serializers.CharField()


class JobSerializer(serializers.Serializer[Any]):
    """A job; it has ended when `finished` is not null."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    owner_id = serializers.UUIDField(help_text="The user or team it belongs to.")
    created_by = serializers.UUIDField(help_text="Who asked for it.")
    parent_id = serializers.UUIDField(allow_null=True, help_text="The job that was split into it and others.")
    state = serializers.ChoiceField(JobState.choices)
    request = serializers.DictField(help_text="What was asked for, as its kind has it.")
    progress = serializers.DictField(help_text=PROGRESS)
    result = serializers.DictField(allow_null=True, help_text="What came of it, as its kind has it.")
    error = JobErrorSerializer(allow_null=True, help_text="Of an open job: why the last attempt failed.")
    attempt = serializers.IntegerField(help_text="How often it was begun.")
    cancel_requested = serializers.BooleanField()
    stored_bytes = serializers.IntegerField(help_text="Of its files.")
    created = serializers.DateTimeField()
    started = serializers.DateTimeField(allow_null=True)
    finished = serializers.DateTimeField(allow_null=True)
    expires = serializers.DateTimeField(allow_null=True, help_text="When it is deleted with its files.")


def render_job(job: JobRow) -> dict[str, Any]:
    """Lay out a job; which worker has it is nobody's affair."""
    laid_out = asdict(job)
    del laid_out["worker"]
    return laid_out


def answer_job(job: JobRow, *, code: int = status.HTTP_200_OK) -> Response:
    """Answer a job, and when to look again while it is open."""
    headers = {"Retry-After": str(_look_again_s(job))} if job.is_open else {}
    return Response(render_job(job), code, headers=headers)


class JobsView(PagedView):
    """The list of jobs."""

    scope = "jobs"
    shape = JobSerializer
    orders = ("-created", "created")
    parameters = (*PagedView.parameters, *filter_parameters(JobFilter))

    @extend_schema(responses=page_of(JobSerializer, "JobPage"), tags=["jobs"], operation_id="list_jobs")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the jobs the caller may see, newest first; what one was split into only by `parent`."""
        (last,) = self.position() or [None]
        jobs = selectors.jobs_page(
            self.principal,
            limit=self.limit + 1,
            last=UUID(last) if last else None,
            descending=self.query["sort"].startswith("-"),
            filters=self.filters(JobFilter),
        )
        return self.render_page(jobs, lambda job: [str(job.id)], render=render_job)


class JobView(ApiView):
    """One job."""

    scope = "jobs"
    shape = JobSerializer

    @extend_schema(responses=JobSerializer, tags=["jobs"], operation_id="read_job")
    def get(self, request: Request, job_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Read one job; while it is open, Retry-After says when to look again."""
        return answer_job(selectors.job_by_id(self.principal, job_id))

    @extend_schema(responses={204: None}, tags=["jobs"], operation_id="delete_job")
    def delete(self, request: Request, job_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Delete a job that has ended, with its files."""
        services.delete_job(self.principal, job_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class CancellationView(ApiView):
    """Cancelling a job."""

    scope = "jobs"

    @extend_schema(request=EmptyBody, responses=JobSerializer, tags=["jobs"], operation_id="cancel_job")
    def post(self, request: Request, job_id: UUID) -> Response:
        """Cancel a job: a queued one has ended, one that runs ends at its next step."""
        check_length(request)
        read_body(request, EmptyBody())
        return answer_job(services.cancel_job(self.principal, job_id))


class RetryView(ApiView):
    """Trying a job again."""

    scope = "jobs"

    @extend_schema(request=EmptyBody, responses=JobSerializer, tags=["jobs"], operation_id="retry_job")
    def post(self, request: Request, job_id: UUID) -> Response:
        """Queue a job that failed or was cancelled again; it goes on where it was."""
        check_length(request)
        read_body(request, EmptyBody())
        return answer_job(queue.retry_job(self.principal, job_id))


def _look_again_s(job: JobRow) -> int:
    left_s = float(job.progress.get("eta_s", 0))
    return min(max(math.ceil(left_s / LOOKS_PER_ETA), 1), LONGEST_WAIT_S)
