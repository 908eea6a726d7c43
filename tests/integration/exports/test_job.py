"""Exports as jobs: split over two workers, one killed on the way; cancelled, over the quota, refused."""

import hashlib
import json
import os
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from core.errors import Conflict, InvalidInput, PermissionRefused
from core.principals import Principal, Role
from exports.job import NICENESS, _at_low_priority, submit_export
from exports.manifest import NAME
from relational import services as people_services
from relational.selectors import job_by_id, parts_of_job
from tests.faults.outbox.processes import KILLED, end_of, start_child
from tests.integration.exports.conftest import event
from tests.integration.exports.reading_back import manifest_of, read_ndjson
from tests.integration.jobs.conftest import ada, people, seen, worker  # noqa: F401 - the workers of tests
from tests.integration.timeseries.conftest import stored
from timeseries import services as event_services

pytestmark = pytest.mark.usefixtures("people")
COUNT = 200
RANGE = {"from": "2026-01-01T00:00:00Z", "to": "2026-04-01T00:00:00Z", "part_rows": 20}


@pytest.fixture
def stream(ada, make_stream, django_db_blocker):  # noqa: F811 - a fixture
    """A stream of Ada's in eight partitions and more."""
    with django_db_blocker.unblock():
        name = make_stream(peak_rate=0.5)
        people_services.ensure_users([])
        event_services.change_stream(Principal(ada.user_id, Role.OPERATOR), name, owner=ada.user_id)
        stored(event_services.append_events(ada, name, [event(number) for number in range(COUNT)]))
        yield name


@pytest.fixture
def files(settings, tmp_path):
    settings.FILES = str(tmp_path)
    settings.EXPORT_TASKS = 2
    return tmp_path


def numbers_in(folder):
    return sorted(row["payload"]["n"] for row in read_ndjson(folder))


def work_until_done(make_worker, ada, job_id):  # noqa: F811 - not the fixture
    deadline = time.monotonic() + 60
    while job_by_id(ada, job_id).is_open:
        assert time.monotonic() < deadline
        make_worker().drain()
        time.sleep(0.1)


def test_two_workers_share_an_export_and_one_may_die(ada, stream, files, worker, seen):  # noqa: F811 - fixtures
    job = submit_export(ada, {"streams": [stream], **RANGE})
    dying = start_child(partial(work_until_done, worker, ada, job.id), crash_at="exports.part_listed")
    assert end_of(dying) == KILLED
    living = [start_child(partial(work_until_done, worker, ada, job.id)) for _ in range(2)]
    assert [end_of(child) for child in living] == [0, 0]
    ended = seen(job.id)
    assert ended.state == "succeeded", ended.error
    assert sorted(part.attempt for part in parts_of_job(job.id)) == [1, 2]
    folder = files / str(job.id)
    assert numbers_in(folder) == list(range(COUNT))
    manifest = manifest_of(folder)
    assert {path.name for path in folder.iterdir()} == {NAME, *(part.name for part in manifest.parts)}
    assert (manifest.end["rows"], manifest.end["closed"], ended.result["rows"]) == (COUNT, True, COUNT)
    for file in ended.result["files"]:
        assert hashlib.sha256((folder / file["name"]).read_bytes()).hexdigest() == file["sha256"]
    assert ended.progress["rows"] == COUNT


def test_files_stay_within_the_owners_room(ada, stream, files, worker, seen, settings):  # noqa: F811 - fixtures
    settings.FILES_MAX_BYTES = 5_000
    job = submit_export(ada, {"streams": [stream], **RANGE})
    worker().drain()
    assert (seen(job.id).state, seen(job.id).error["code"]) == ("failed", "conflict")
    assert {part.error["code"] for part in parts_of_job(job.id) if part.error} == {"quota_exceeded"}
    assert sum(path.stat().st_size for path in Path(files, str(job.id)).glob("*")) <= 5_000


def test_what_may_not_be_asked_is_refused_at_once(ada, stream, files, settings):  # noqa: F811 - fixtures
    settings.EXPORT_TARGETS = ["memory://exports"]
    operator = Principal(ada.user_id, Role.OPERATOR)
    with pytest.raises(PermissionRefused):
        submit_export(ada, {"streams": "all"})
    with pytest.raises(PermissionRefused):
        submit_export(ada, {"streams": [stream], **RANGE}, target="memory://exports/mine")
    for target in ("memory://elsewhere/x", "memory://exports/../x", str(files), "memory://exports"):
        with pytest.raises(InvalidInput):
            submit_export(operator, {"streams": [stream], **RANGE}, target=target)
    from exports.targets import open_target

    open_target("memory://exports/taken").put("thing", b"thing")
    with pytest.raises(Conflict):
        submit_export(operator, {"streams": [stream], **RANGE}, target="memory://exports/taken")


def test_an_export_of_nothing_succeeds(ada, stream, files, worker, seen):  # noqa: F811 - fixtures
    job = submit_export(ada, {"streams": [stream], "from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"})
    worker().drain()
    assert (seen(job.id).state, seen(job.id).result["rows"]) == ("succeeded", 0)
    head = json.loads((files / str(job.id) / NAME).read_text().splitlines()[0])
    assert head["slices"] == []


def test_a_saved_export_as_a_job_has_what_was_stored_since_the_last(ada, stream, files, worker, seen, settings):  # noqa: F811 - fixtures
    settings.EXPORT_OVERLAP_S = 0.001
    found = []
    for number in (COUNT, COUNT + 1):
        job = submit_export(ada, {"streams": [stream], **RANGE}, since_last="nightly")
        worker().drain()
        assert seen(job.id).state == "succeeded", seen(job.id).error
        found.append(numbers_in(files / str(job.id)))
        stored(event_services.append_events(ada, stream, [event(number)]))
    assert found == [list(range(COUNT)), [COUNT]]


def test_the_work_of_an_export_gives_way_to_others_of_the_machine():
    def niceness():
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = niceness()
    assert _at_low_priority(niceness) == NICENESS
    assert niceness() == before
