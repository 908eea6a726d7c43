"""One attempt at a job, from claim to end: who asked for it, its handler, and what is written down of how it ended."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from core.crashes import crash_point
from core.errors import Overloaded, StoreError, TriviumError
from jobs.files import check_files
from jobs.running import POSTGRESQL_WAIT_S, RunningJob
from jobs.stops import Cancelled, LeaseLost, PartsOpen, Stopped
from relational.connections import bounded_waits
from relational.services import job_runs

logger = logging.getLogger(__name__)
LONGEST_PAUSE_S = 300.0
SETTLE_AGAIN_S = 0.5
UNEXPECTED = {
    "code": "internal_error",
    "message": "a mistake of ours: the worker's log has the rest, under the job's id",
}
Handler = Callable[[RunningJob], Mapping[str, Any]]
Settle = Callable[[], bool]


def run_attempt(job: RunningJob, handler: Handler, *, max_failures: int, retry_s: float) -> str:
    """Run a handler on a job and write down how that ended; return it in a word.

    What may pass by itself (a store that is away, a mistake of ours) is tried again after `retry_s` seconds, twice as
    long each time, until it failed `max_failures` times without a new checkpoint.
    """
    try:
        job.report()
        word, settle = "succeeded", _finish(job, dict(handler(job)))
    except Cancelled:
        word, settle = "cancelled", lambda: job_runs.end_cancelled(job.id, job.attempt)
    except PartsOpen:
        word, settle = "parked", lambda: job_runs.park_job(job.id, job.attempt)
    except LeaseLost:
        return "lost"
    except Stopped:
        word, settle = "released", lambda: job_runs.release_job(job.id, job.attempt)
    except Exception as error:  # noqa: BLE001 - a handler may raise anything, and the job must end somehow
        word, settle = _fail(job, error, max_failures=max_failures, retry_s=retry_s)
    return word if _settled(job, settle) else "lost"


def describe_error(error: Exception) -> dict[str, str]:
    """Return what people are told of an error: its code, and what to do; a store's own words go to the log alone."""
    if isinstance(error, StoreError):
        return {"code": error.code, "message": f"{error.store} failed or did not answer: try again later"}
    if isinstance(error, TriviumError):
        return {"code": error.code, "message": error.message}
    return UNEXPECTED


def passes_by_itself(error: Exception) -> bool:
    """Tell whether trying again may help."""
    return isinstance(error, (StoreError, Overloaded)) or not isinstance(error, TriviumError)


def _finish(job: RunningJob, result: Mapping[str, Any]) -> Settle:
    check_files(result)
    crash_point("worker.handled")
    return lambda: job_runs.finish_job(job.id, job.attempt, result=result, sign=job.sign())


def _fail(job: RunningJob, error: Exception, *, max_failures: int, retry_s: float) -> tuple[str, Settle]:
    is_expected = isinstance(error, TriviumError)
    logger.warning("job %s (%s) failed: %s", job.id, job.kind, error, exc_info=None if is_expected else error)
    told = describe_error(error)
    if passes_by_itself(error) and job.failures + 1 < max_failures:
        wait_s = min(retry_s * 2**job.failures, LONGEST_PAUSE_S)
        return "put off", lambda: job_runs.fail_job(job.id, job.attempt, error=told, wait_s=wait_s)
    return "failed", lambda: job_runs.fail_job(job.id, job.attempt, error=told)


def _settled(job: RunningJob, settle: Settle) -> bool:
    """Write down how it ended, as long as the lease lasts; after that it is another attempt's."""
    while True:
        try:
            with bounded_waits(POSTGRESQL_WAIT_S):
                return settle()
        except StoreError as error:
            logger.warning("the end of job %s is not written down: %s", job.id, error.message)
            if not job.has_lease():
                return False
            time.sleep(SETTLE_AGAIN_S)
