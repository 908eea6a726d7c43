"""Lookups of streams: declared in Cassandra, filled by a job. Called by `api/`, and by workers (`fill_lookup`)."""

import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from core.errors import NotFound
from core.principals import Principal
from core.times import format_time, now, parse_time
from jobs.queue import submit_job
from jobs.running import RunningJob
from relational.selectors import job_by_id
from timeseries.lookups import SETTLING, Lookup
from timeseries.services.lookup_filling import Place, list_partition, partitions_to_list
from timeseries.services.lookups import declare_lookup as declare
from timeseries.services.lookups import finish_lookup, lookup_by_name, note_job, note_progress
from timeseries.services.streams import changeable_stream

KIND = "backfill_lookup"
NOTED_EVERY_S = 2.0
LONGEST_PAUSE_S = 0.5


def declare_lookup(principal: Principal, stream: str, *, name: str, field: str) -> tuple[Lookup, bool]:
    """Declare a lookup and queue the job that fills it; return it, and whether it is new.

    Declared again, one that waits for a job that is gone, was cancelled or has failed gets another.

    Raises: as `timeseries.services.declare_lookup`; Conflict when the principal has too many open jobs.
    """
    lookup, is_new = declare(principal, stream, name=name, field=field)
    if lookup.is_ready or _is_being_filled(principal, lookup):
        return lookup, is_new
    not_before = format_time(now() + SETTLING)
    request = {"stream": stream, "lookup": name, "id": str(lookup.id), "not_before": not_before}
    job = submit_job(principal, kind=KIND, request=request, delay_s=SETTLING.total_seconds())
    return note_job(lookup, job.id), is_new


def fill_lookup(job: RunningJob) -> Mapping[str, Any]:
    """List under a lookup what was stored before every process knew it; then it is ready. Goes on where it was.

    Raises: NotFound for a lookup that was deleted meanwhile; PermissionRefused, StoreError.
    """
    stream = job.request["stream"]
    changeable_stream(job.principal, stream)
    lookup = lookup_by_name(stream, job.request["lookup"])
    if str(lookup.id) != job.request["id"]:
        raise NotFound("the lookup was deleted and declared anew, which has a job of its own")
    _wait_until_written(job)
    after: Place | None = (kept["bucket"], kept["shard"]) if (kept := job.checkpoint) else None
    rows, done = int(kept.get("rows", 0)), int(kept.get("done", 0))
    todo = partitions_to_list(stream, after)
    total, pace, noted_s = done + len(todo), _Pace(job), 0.0
    for (bucket, shard), partition in todo:
        for count in list_partition(lookup, partition):
            rows += count
            pace.keep(count, rows=rows, done=done, total=total)
        done += 1
        if time.monotonic() - noted_s > NOTED_EVERY_S:
            job.save({"bucket": bucket, "shard": shard, "rows": rows, "done": done}, rows=rows, done=done, total=total)
            note_progress(lookup, done=done, total=total)
            noted_s = time.monotonic()
    note_progress(lookup, done=done, total=total)
    finish_lookup(lookup)
    return {"rows": rows, "partitions": done}


class _Pace:
    """Holds a job to TRIVIUM_LOOKUP_EVENTS_PER_S, and lets it tell how far it is."""

    def __init__(self, job: RunningJob) -> None:
        self._job = job
        self._due_s = time.monotonic()
        self._rate: int = settings.LOOKUP_EVENTS_PER_S  # type: ignore[misc]  # mypy does not see split settings

    def keep(self, events: int, **progress: int) -> None:
        """Wait until so many more events are due. Raises: Stopped, as `report`."""
        self._due_s = max(self._due_s, time.monotonic()) + events / self._rate
        self._job.report(**progress)
        while (left_s := self._due_s - time.monotonic()) > 0:
            time.sleep(min(left_s, LONGEST_PAUSE_S))
            self._job.report()


def _is_being_filled(principal: Principal, lookup: Lookup) -> bool:
    if lookup.job is None:
        return False
    try:
        return job_by_id(principal, lookup.job).state in ("queued", "running", "succeeded")
    except NotFound:
        return False


def _wait_until_written(job: RunningJob) -> None:
    """Wait until every process lists new events: what was stored before is then all that is to be listed."""
    not_before = parse_time(job.request["not_before"])
    while (left_s := (not_before - now()).total_seconds()) > 0:
        job.report(text="waiting until every process lists new events")
        time.sleep(min(left_s, LONGEST_PAUSE_S))
