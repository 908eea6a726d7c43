"""Workers that are killed, paused, told to stop, and several at once: each job's work is done once, from its checkpoint."""

import os
import signal
import threading
from typing import Any

import pytest

from jobs.kinds import load_kinds
from jobs.worker import Worker
from relational import selectors, services
from relational.models import Job
from tests.faults.outbox.processes import KILLED, end_of, run_child, start_child, wait_until
from tests.integration.jobs.conftest import PACE


def drain(limits=None):
    Worker("a child", load_kinds(), limits or {}, PACE).drain()


def steps_of(job_id):
    """The checkpoint of a probe."""
    kept: Any = Job.objects.get(pk=job_id).kept
    return kept["steps"]


@pytest.mark.parametrize(("crash_at", "steps"), [("worker.checkpoint_kept", [1, 2, 2]), ("worker.handled", [1, 1, 1])])
def test_what_a_killed_worker_left_another_takes_up(add, seen, worker, crash_at, steps):
    job_id = add(n=3)
    assert run_child(drain, crash_at=crash_at) == KILLED
    assert (seen(job_id).state, seen(job_id).attempt) == ("running", 1)
    assert worker().drain() == 0  # the lease still holds
    wait_until(worker().drain)
    assert (seen(job_id).state, seen(job_id).result["steps"]) == ("succeeded", steps)


def test_a_worker_that_was_paused_comes_back_and_spoils_nothing(add, seen, worker):
    job_id = add(n=4, delay_s=0.15)
    child = start_child(drain)
    wait_until(lambda: seen(job_id).progress.get("rows"))
    os.kill(child, signal.SIGSTOP)
    wait_until(worker().drain)
    job = seen(job_id)
    os.kill(child, signal.SIGCONT)
    assert end_of(child) == 0
    assert seen(job_id) == job
    assert (job.state, job.attempt, job.result["steps"][-1]) == ("succeeded", 2, 2)


@pytest.mark.parametrize("limit", [1, 3])
def test_several_workers_never_have_one_job_at_once_nor_more_of_a_kind_than_may_be(add, seen, tmp_path, limit):
    ids = [add(kind="lone", folder=str(tmp_path)) for _ in range(9)]
    children = [start_child(lambda: drain({"lone": limit})) for _ in range(3)]
    assert [end_of(child) for child in children] == [0, 0, 0]
    wait_until(lambda: drain({"lone": limit}) or not Job.objects.filter(state="queued").exists())
    jobs = [seen(job_id) for job_id in ids]
    assert {(job.state, job.attempt) for job in jobs} == {("succeeded", 1)}
    assert max(job.result["seen"] for job in jobs) <= limit


@pytest.fixture
def at_work(worker):
    """A worker on threads of its own, as in its process."""
    stop, running = threading.Event(), worker()
    thread = threading.Thread(target=running.run, args=(stop,))
    thread.start()
    yield running, stop
    stop.set()
    thread.join()
    assert running.name not in selectors.living_workers()


def test_a_job_that_runs_is_cancelled_at_its_next_step_and_goes_on_when_tried_again(ada, add, seen, at_work):
    job_id = add(n=40, delay_s=0.05)
    wait_until(lambda: seen(job_id).progress.get("rows"))
    assert at_work[0].name in selectors.living_workers()
    assert services.cancel_job(ada, job_id).cancel_requested
    wait_until(lambda: seen(job_id).state == "cancelled")
    done = steps_of(job_id)
    Job.objects.filter(pk=job_id).update(request={"n": len(done) + 1})
    services.retry_job(ada, job_id)
    wait_until(lambda: seen(job_id).state == "succeeded")
    assert seen(job_id).result["steps"] == [*done, 2]


def test_one_that_is_queued_is_cancelled_at_once_and_its_parts_with_it(ada, add, seen, worker):
    job_id = add(kind="split", parts=[{"n": 1}, {"n": 1}])
    running = worker()
    assert running._work()  # it is split, and waits
    assert (seen(job_id).state, seen(job_id).progress["total"]) == ("running", 2)
    assert services.cancel_job(ada, job_id).state == "cancelled"
    assert {part.state for part in selectors.parts_of_job(job_id)} == {"cancelled"}
    assert worker().drain() == 0
    assert services.cancel_job(ada, job_id).state == "cancelled"


def test_a_worker_that_is_told_to_stop_puts_its_job_back_at_once(add, seen, at_work):
    job_id = add(n=40, delay_s=0.05)
    wait_until(lambda: seen(job_id).progress.get("rows"))
    at_work[1].set()
    wait_until(lambda: seen(job_id).state == "queued")
    job = Job.objects.get(pk=job_id)
    assert (job.failures, job.lease_until, job.attempt) == (0, None, 1)
    assert steps_of(job_id)
