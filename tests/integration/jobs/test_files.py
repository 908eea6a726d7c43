"""Files of jobs: the owner's quota, and what becomes of them when a job's time is over."""

from pathlib import Path

import pytest

from core.errors import Conflict, NotFound
from relational import services
from relational.models import Job

FOREVER = "2000-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def root(settings, tmp_path):
    settings.FILES = str(tmp_path / "files")
    return tmp_path / "files"


def test_a_job_has_a_folder_of_its_own_and_counts_what_is_in_it(add, seen, worker, root):
    job_id = add(kind="hoard", sizes=[3, 4])
    worker().drain()
    assert [file["name"] for file in seen(job_id).result["files"]] == ["0.bin", "1.bin"]
    assert seen(job_id).stored_bytes == 7
    assert {path.name for path in (root / str(job_id)).iterdir()} == {"0.bin", "1.bin"}


def test_an_owner_stores_no_more_than_the_quota(people, add, seen, worker, settings):
    settings.FILES_MAX_BYTES = 10
    first, second = add(kind="hoard", sizes=[6]), add(kind="hoard", sizes=[4, 1])
    others = add(kind="hoard", sizes=[10], owner=people["bob"])
    worker().drain()
    assert seen(first).state == "succeeded"
    assert (seen(second).state, seen(second).error["code"]) == ("failed", "quota_exceeded")
    assert "4 are left" in seen(second).error["message"]
    assert Job.objects.get(pk=others).state == "succeeded"


def test_what_is_deleted_is_gone_at_once_and_its_files_with_the_next_sweep(ada, add, seen, worker, root):
    job_id, kept = add(kind="hoard", sizes=[1]), add(kind="hoard", sizes=[1])
    with pytest.raises(Conflict):
        services.delete_job(ada, job_id)
    worker().drain()
    services.delete_job(ada, job_id)
    with pytest.raises(NotFound):
        seen(job_id)
    with pytest.raises(NotFound):
        services.retry_job(ada, job_id)
    worker().drain()
    assert [path.name for path in root.iterdir()] == [str(kept)]
    assert [job.id for job in Job.objects.all()] == [kept]


def test_files_that_cannot_be_deleted_now_are_deleted_later(ada, add, worker, root, monkeypatch):
    job_id = add(kind="hoard", sizes=[1])
    worker().drain()
    services.delete_job(ada, job_id)
    with monkeypatch.context() as broken:
        broken.setattr("fsspec.implementations.local.LocalFileSystem.rm", lambda *_args, **_options: 1 / 0)
        worker().drain()
    assert Job.objects.filter(pk=job_id).exists()
    worker().drain()
    assert not Job.objects.filter(pk=job_id).exists()
    assert not Path(root, str(job_id)).exists()


def test_a_result_whose_files_are_none_fails_the_job(add, seen, worker, monkeypatch):
    job_id = add(kind="wrong", max_failures=1)
    Job.objects.update(kind="probe")
    monkeypatch.setattr("tests.integration.jobs.kinds.probe", lambda job: {"files": [{"name": "../x"}]})
    worker().drain()
    assert (seen(job_id).state, seen(job_id).error["code"]) == ("failed", "internal_error")
