"""Deleting a stream's events as a job: asked for by `api/` and a command, run by a worker (`delete_events`)."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core.principals import Principal
from core.times import format_time, now, parse_time
from jobs.queue import submit_job
from jobs.running import RunningJob
from relational.rows import JobRow
from timeseries.services import deletions
from timeseries.services.streams import changeable_stream
from timeseries.session import write_time_us
from timeseries.streams import Stream
from timeseries.windows import Window

KIND = "delete_events"
LOOK_S = 0.5
SPACE = (
    "nobody reads them any more; nodetool garbagecollect frees their space at any time, compactions from {} on, but"
    " that of closed windows only when the events would have expired"
)


def ask_deletion(
    principal: Principal,
    name: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    whole: bool = False,
) -> JobRow:
    """Queue the deletion of a stream's events of `start` <= time < `end`, or of the stream with all it has.

    Raises: NotFound, PermissionRefused, InvalidInput, Conflict for too many open jobs, StoreError.
    """
    deletions.window_of(start, end, whole=whole)
    changeable_stream(principal, name)
    request = {
        "stream": name,
        "from": start and format_time(start),
        "to": end and format_time(end),
        "whole": whole,
    }
    return submit_job(principal, kind=KIND, request=request)


def delete_events(job: RunningJob) -> Mapping[str, Any]:
    """Delete, partition by partition, from the checkpoint on; return what was deleted. The handler of KIND.

    Raises: as `ask_deletion`; Stopped.
    """
    asked = job.request
    window = deletions.window_of(_moment(asked["from"]), _moment(asked["to"]), whole=asked["whole"])
    stream = deletions.begin_deletion(job.principal, asked["stream"], window, deletion_id=job.id, whole=asked["whole"])
    done = job.checkpoint or _begin(job, stream, window)
    if stream is not None:
        done = _delete(job, stream, window, done)
        if asked["whole"]:
            deletions.delete_stream(stream)
    deletions.finish_deletion(asked["stream"], job.id)
    free = format_time(now() + timedelta(seconds=deletions.grace_s(set(done["classes"]))))
    counts = {name: done[name] for name in ("events", "payload_bytes", "partitions")}
    return {**asked, **counts, "space": SPACE.format(free)}


def _begin(job: RunningJob, stream: Stream | None, window: Window) -> dict[str, Any]:
    """Wait until nobody appends to a stream that goes as a whole; choose the deletion's write time, and keep it."""
    settled_s = time.monotonic() + (deletions.SETTLING_S if job.request["whole"] else 0.0)
    while time.monotonic() < settled_s:
        job.report(text="waiting until every process knows it")
        time.sleep(LOOK_S)
    done = {
        "deleted_us": write_time_us(),
        "after": None,
        "partitions": 0,
        "events": 0,
        "payload_bytes": 0,
        "classes": sorted({settings.retention for settings in stream.settings}) if stream else [],
        "total": deletions.count_parts(stream, window) if stream else 0,
    }
    job.save(done)
    return done


def _delete(job: RunningJob, stream: Stream, window: Window, done: Mapping[str, Any]) -> dict[str, Any]:
    done = dict(done)
    after = (done["after"][0], done["after"][1]) if done["after"] else None
    for step in deletions.delete_parts(stream, window, done["deleted_us"], after=after):
        done["after"] = [step.bucket, step.shard]
        done["partitions"] += 1
        done["events"] += step.removed.events
        done["payload_bytes"] += step.removed.payload_bytes
        job.save(done, rows=done["events"], done=done["partitions"], total=max(done["total"], done["partitions"]))
    return done


def _moment(text: str | None) -> datetime | None:
    return None if text is None else parse_time(text)
