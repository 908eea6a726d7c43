"""Jobs over HTTP: what their owners see, when to look again, what may be done when, and how far workers lag."""

import re
from datetime import timedelta

import pytest

from core.times import now
from relational import services
from relational.models import Job, JobWorker
from relational.services import job_runs
from tests.api.conftest import problem

JOBS = "/api/v1/jobs"


@pytest.fixture
def ada(people, db):
    Job.objects.all().delete()
    return people["ada"]


@pytest.fixture
def job(ada):
    """A job of Ada's that is queued."""
    return services.add_job(ada.principal, kind="probe", request={"n": 1})


def post(person, job_id, word):
    return person.client.post(f"{JOBS}/{job_id}/{word}", {}, content_type="application/json")


def test_a_job_is_shown_as_it_is_and_says_when_to_look_again(ada, job):
    answer = ada.get(f"{JOBS}/{job.id}")
    body = answer.json()
    assert (body["state"], body["kind"], body["request"], body["progress"]) == ("queued", "probe", {"n": 1}, {})
    assert (body["owner_id"], body["created_by"]) == (str(ada.id), str(ada.id))
    assert "worker" not in body
    assert answer.headers["retry-after"] == "1"
    assert ada.client.get(f"{JOBS}/{job.id}", headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    Job.objects.update(state="running", progress={"eta_s": 60.0, "rows": 7})
    answer = ada.get(f"{JOBS}/{job.id}")
    assert (answer.headers["retry-after"], answer.json()["progress"]["rows"]) == ("15", 7)
    Job.objects.update(state="failed", finished="2026-01-31T12:00:00Z", error={"code": "conflict", "message": "no"})
    answer = ada.get(f"{JOBS}/{job.id}")
    assert "retry-after" not in answer.headers
    assert answer.json()["error"] == {"code": "conflict", "message": "no"}


def test_the_list_is_paged_newest_first_and_narrowed(ada, people):
    ids = [str(services.add_job(ada.principal, kind=kind, request={}).id) for kind in ("probe", "split", "probe")]
    page = ada.get(JOBS, limit=2).json()
    assert [row["id"] for row in page["results"]] == ids[:0:-1]
    assert [row["id"] for row in ada.get(JOBS, limit=2, cursor=page["next"]).json()["results"]] == ids[:1]
    assert [row["id"] for row in ada.get(JOBS, kind="probe", sort="created").json()["results"]] == [ids[0], ids[2]]
    assert ada.get(JOBS, state="failed").json()["results"] == []
    assert len(people["ana"].get(JOBS, owner=str(ada.id)).json()["results"]) == 3
    problem(ada.get(JOBS, state="done"), 400, "invalid_input")


def test_parts_are_listed_by_what_was_split_and_summed_in_it(ada, job):
    taken = job_runs.claim_job("w", kinds=["probe"], limits={}, lease_s=30)
    assert taken
    job_runs.split_job(taken.id, taken.attempt, [("probe", {"n": 1}), ("probe", {"n": 2})])
    Job.objects.filter(parent=job.id).update(progress={"rows": 5, "share": 0.25}, started=now() - timedelta(minutes=1))
    assert [row["id"] for row in ada.get(JOBS).json()["results"]] == [str(job.id)]
    parts = ada.get(JOBS, parent=str(job.id), sort="created").json()["results"]
    assert [part["request"] for part in parts] == [{"n": 1}, {"n": 2}]
    summed = ada.get(f"{JOBS}/{job.id}").json()["progress"]
    assert summed.pop("eta_s") == pytest.approx(180, rel=0.5)
    assert summed == {"rows": 10, "done": 0, "total": 2, "share": 0.25}
    problem(post(ada, parts[0]["id"], "cancel"), 409, "conflict")


def test_what_may_be_done_depends_on_the_state(ada, job):
    problem(post(ada, job.id, "retry"), 409, "conflict")
    assert "cancel it first" in problem(ada.client.delete(f"{JOBS}/{job.id}"), 409, "conflict")["detail"]
    assert post(ada, job.id, "cancel").json()["state"] == "cancelled"
    assert post(ada, job.id, "cancel").status_code == 200
    assert post(ada, job.id, "retry").json()["state"] == "queued"
    Job.objects.update(state="succeeded", finished="2026-01-31T12:00:00Z")
    problem(post(ada, job.id, "cancel"), 409, "conflict")
    problem(post(ada, job.id, "retry"), 409, "conflict")
    assert ada.client.delete(f"{JOBS}/{job.id}").status_code == 204
    problem(ada.get(f"{JOBS}/{job.id}"), 404, "not_found")


def test_what_workers_have_to_do_is_counted(ada, anybody, job):
    services.add_job(ada.principal, kind="probe", request={}, delay_s=3600)
    Job.objects.filter(pk=job.id).update(run_after="2020-01-01T00:00:00Z")
    JobWorker.objects.create(id=job.id, name="w", expires="2999-01-01T00:00:00Z")
    JobWorker.objects.create(id=ada.id, name="dead", expires="2020-01-01T00:00:00Z")
    lag = anybody.get("/metrics").content.decode()
    assert re.search(r'^trivium_jobs\{state="queued"\} 2.0$', lag, re.MULTILINE)
    assert re.search(r"^trivium_jobs_oldest_queued_age_seconds [1-9]", lag, re.MULTILINE)
    assert re.search(r"^trivium_job_workers 1.0$", lag, re.MULTILINE)
    Job.objects.update(run_after="2999-01-01T00:00:00Z")
    assert "trivium_jobs_oldest_queued_age_seconds 0.0" in anybody.get("/metrics").content.decode()


def test_ready_tells_of_jobs_and_does_not_turn_on_them(anybody, people):
    answer = anybody.get("/readyz")
    assert answer.status_code == 200
    assert set(answer.json()["jobs"]) == {"queued", "running", "oldest_age_s", "workers"}
