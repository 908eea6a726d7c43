"""Counting a stream's events anew as a job: asked for by `api/`, run by a worker (`recount_stream`)."""

from collections.abc import Mapping
from typing import Any

from core.principals import Principal
from jobs.queue import submit_job
from jobs.running import RunningJob
from relational.rows import JobRow
from timeseries.services import recounts
from timeseries.services.streams import changeable_stream

KIND = "recount_stream"


def ask_recount(principal: Principal, name: str) -> JobRow:
    """Queue a recount of a stream's events, bytes and fields.

    Raises: NotFound, PermissionRefused, Conflict for too many open jobs, StoreError.
    """
    changeable_stream(principal, name)
    return submit_job(principal, kind=KIND, request={"stream": name})


def recount_stream(job: RunningJob) -> Mapping[str, Any]:
    """Count, bucket by bucket, from the checkpoint on; return what there is. The handler of KIND.

    Raises: as `ask_recount`; Stopped.
    """
    stream = changeable_stream(job.principal, job.request["stream"])
    state = recounts.read_state(job.checkpoint) if job.checkpoint else recounts.begin_recount(stream)
    for counted in recounts.count_buckets(stream, state):
        job.save(counted.as_json(), rows=counted.total.events, done=counted.done, total=counted.buckets)
    recounts.correct_fields(stream, state)
    return {"stream": stream.name, "events": state.total.events, "payload_bytes": state.total.payload_bytes}
