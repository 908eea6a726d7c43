"""Jobs from queue to end, on one worker: what a handler gets, how attempts fail, parts, and who asked."""

from dataclasses import replace
from threading import Event, Thread

import pytest

from core.errors import Conflict
from core.principals import Scope
from relational import services
from relational.models import Job, User
from relational.selectors import parts_of_job
from relational.services import job_runs
from relational.services.job_runs import claim_job
from tests.faults.outbox.processes import wait_until


def due_now():
    Job.objects.update(run_after="2020-01-01T00:00:00Z")


def test_a_job_runs_and_has_its_result(add, seen, worker):
    job_id = add(n=3)
    assert seen(job_id).state == "queued"
    assert worker().drain() == 1
    job = seen(job_id)
    assert (job.state, job.error) == ("succeeded", None)
    assert (job.result["steps"], job.result["role"]) == ([1, 1, 1], "consumer")
    assert (job.progress["rows"], job.progress["total"]) == (2, 3)
    assert job.expires > job.finished > job.started >= job.created


def test_what_may_pass_is_tried_again_from_the_checkpoint(add, seen, worker):
    job_id = add(n=3, fails_at=1)
    worker().drain()
    assert seen(job_id).state == "queued"
    assert seen(job_id).error == {
        "code": "store_unavailable",
        "message": "documents failed or did not answer: try again later",
    }
    due_now()
    worker().drain()
    assert (seen(job_id).state, seen(job_id).result["steps"], seen(job_id).error) == ("succeeded", [1, 2, 2], None)


def test_it_fails_for_good_after_so_many_attempts_without_a_checkpoint(add, seen, worker):
    job_id = add(n=3, fails_at=1, fails=99)
    for _ in range(5):
        worker().drain()
        due_now()
    assert (seen(job_id).state, seen(job_id).attempt) == ("failed", 3)


def test_what_is_wrong_is_not_tried_again_unless_somebody_asks(ada, add, seen, worker):
    job_id = add(n=3, refuses_at=2)
    worker().drain()
    assert (seen(job_id).state, seen(job_id).error["code"]) == ("failed", "invalid_input")
    assert services.retry_job(ada, job_id).state == "queued"
    worker().drain()
    assert seen(job_id).attempt == 2
    with pytest.raises(Conflict):
        services.cancel_job(ada, job_id)


def test_parts_run_by_themselves_and_the_whole_ends_with_the_last(add, seen, worker):
    job_id = add(kind="split", parts=[{"n": 2}, {"n": 1}])
    assert worker().drain() == 4
    assert (seen(job_id).state, seen(job_id).result) == ("succeeded", {"steps": [[1, 1], [1]]})


def test_with_a_part_the_whole_fails_and_goes_on_when_it_is_tried_again(ada, add, seen, worker):
    job_id = add(kind="split", parts=[{"n": 2}, {"n": 2, "refuses_at": 1}, {"n": 1}])
    worker().drain()
    assert [part.state for part in parts_of_job(job_id)] == ["succeeded", "failed", "cancelled"]
    assert (seen(job_id).state, seen(job_id).error["message"]) == (
        "failed",
        "a part of the job has not succeeded: never",
    )
    Job.objects.filter(parent_id=job_id, state="failed").update(request={"n": 2})
    services.retry_job(ada, job_id)
    worker().drain()
    assert seen(job_id).result == {"steps": [[1, 1], [1, 2], [1]]}


def test_who_was_deactivated_meanwhile_gets_nothing_done(ada, add, seen, worker):
    job_id = add()
    User.objects.filter(pk=ada.user_id).update(is_active=False)
    worker().drain()
    assert (seen(job_id).state, seen(job_id).error["code"]) == ("failed", "permission_refused")


def test_a_job_runs_with_the_rights_of_the_moment_at_which_it_runs(ada, add, seen, worker):
    job_id = add(n=1)
    User.objects.filter(pk=ada.user_id).update(role="analyst")
    worker().drain()
    assert seen(job_id).result["role"] == "analyst"


def test_a_job_runs_within_the_scopes_with_which_it_was_asked_for(ada, add, seen, worker):
    within = replace(ada, scopes=frozenset({Scope.EVENTS_READ}))
    asked, unbounded = add(n=1, owner=within), add(n=1)
    worker().drain()
    assert seen(asked).result["scopes"] == ["events:read"]
    assert len(seen(unbounded).result["scopes"]) == len(Scope)


def test_an_owner_has_so_many_open_jobs(add, settings):
    settings.JOBS_MAX_OPEN = 2
    add()
    add()
    with pytest.raises(Conflict, match="at most 2 open jobs"):
        add()


def test_a_slot_survives_what_nobody_expected(add, seen, worker, monkeypatch):
    job_id, running, stop = add(n=1), worker(), Event()
    claims = iter([ZeroDivisionError])

    def claim(*asked, **options):
        for unexpected in claims:
            raise unexpected
        return claim_job(*asked, **options)

    monkeypatch.setattr(job_runs, "claim_job", claim)
    thread = Thread(target=running.run, args=(stop,))
    thread.start()
    wait_until(lambda: seen(job_id).state == "succeeded")
    stop.set()
    thread.join()
