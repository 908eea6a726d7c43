"""Who has lost a job changes nothing any more; without the fence, it would."""

import pytest

from core.errors import Conflict
from jobs.running import RunningJob
from jobs.stops import LeaseLost
from relational.models import Job
from relational.rows import Sign
from relational.selectors.jobs import principal_of_job
from relational.services import job_runs

LATE = Sign({"rows": 666}, 666)


def claim(lease_s=30.0):
    return job_runs.claim_job("w", kinds=["probe"], limits={}, lease_s=lease_s)


def running(claimed):
    from threading import Event

    principal = principal_of_job(claimed.created_by, claimed.scopes, claimed.owner_id)
    return RunningJob(claimed, principal, lease_s=30.0, ending=Event())


@pytest.fixture
def taken_over(add):
    """A job of which another worker has made the second attempt; what the first one knew of it."""
    add()
    first = claim(lease_s=0.0)
    second = claim()
    assert (first.id, first.attempt) == (second.id, second.attempt - 1)
    return first


WRITES = {
    "beat": lambda job: job_runs.beat_job(job.id, job.attempt, sign=LATE, lease_s=30.0),
    "checkpoint": lambda job: job_runs.keep_checkpoint(job.id, job.attempt, {"late": 1}, sign=LATE, lease_s=30.0),
    "finish": lambda job: job_runs.finish_job(job.id, job.attempt, result={"late": 1}, sign=LATE),
    "fail": lambda job: job_runs.fail_job(job.id, job.attempt, error={"code": "late", "message": ""}),
    "put off": lambda job: job_runs.fail_job(job.id, job.attempt, error={"code": "late", "message": ""}, wait_s=1.0),
    "cancel": lambda job: job_runs.end_cancelled(job.id, job.attempt),
    "release": lambda job: job_runs.release_job(job.id, job.attempt),
    "park": lambda job: job_runs.park_job(job.id, job.attempt),
    "split": lambda job: job_runs.split_job(job.id, job.attempt, [("probe", {})]),
}


def state():
    return list(Job.objects.order_by("id").values())


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_no_write_of_a_lost_attempt_is_taken(taken_over, write):
    before = state()
    assert not write(taken_over)
    assert state() == before


@pytest.mark.parametrize("name", ["beat", "checkpoint"])
def test_control_without_the_fence_a_late_write_would_be_taken(taken_over, monkeypatch, name):
    monkeypatch.setattr(job_runs, "BEAT", job_runs.BEAT.replace("attempt = %(attempt)s", "true"))
    assert WRITES[name](taken_over) is False  # not to be cancelled: it was taken
    assert state()[0]["progress"] == {"rows": 666}


def test_a_handler_that_was_cut_off_learns_it_where_it_reports(add):
    add()
    job = running(claim(lease_s=0.0))
    claim()
    job._lease_ends_s = 0.0
    with pytest.raises(LeaseLost):
        job.report(rows=1)
    with pytest.raises(LeaseLost):
        job.save({"rows": 1})
    assert state()[0]["kept"] is None


def test_a_lease_that_ran_out_and_that_nobody_took_is_renewed(add):
    add()
    job = running(claim(lease_s=0.0))
    job._lease_ends_s = 0.0
    job.report(rows=7)
    assert (job.has_lease(), state()[0]["progress"]["rows"]) == (True, 7)
    assert claim() is None


def test_a_job_whose_workers_die_again_and_again_has_failed(add, seen):
    job_id = add(max_failures=2)
    claim(lease_s=0.0)
    claim(lease_s=0.0)
    assert claim() is None
    assert (seen(job_id).state, seen(job_id).error["code"]) == ("failed", "worker_lost")


def test_owners_with_less_in_hand_come_first(people, add):
    of_ada = [add() for _ in range(3)]
    of_bob = add(owner=people["bob"])
    assert [claim().id for _ in range(4)] == [of_ada[0], of_bob, of_ada[1], of_ada[2]]


def test_a_part_is_not_split(add):
    add(kind="split", parts=[{"n": 1}])
    whole = job_runs.claim_job("w", kinds=["split"], limits={}, lease_s=30.0)
    running(whole).split([("probe", {"n": 1})])
    with pytest.raises(Conflict):
        running(claim()).split([("probe", {"n": 1})])
    with pytest.raises(Conflict):
        running(whole).split([("probe", {"n": 1})])
