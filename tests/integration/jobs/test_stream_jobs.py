"""Jobs about streams: events deleted through failures, streams deleted, counters made right."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command

from core.errors import Conflict, NotFound, StoreUnavailable
from operations.deletions import ask_deletion
from operations.recounts import ask_recount
from relational.models import Job
from timeseries import selectors, services
from timeseries.memory import forget_everything
from timeseries.services import deletions, removal, tallies

DAY = timedelta(days=1)
FIRST = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def stream(ada):
    """A stream of Ada's with an event a day, for six days."""
    name = f"test-{uuid4().hex}"
    services.create_stream(ada, name=name, retention="forever")
    append(ada, name)
    return name


def append(ada, name):
    events = [{"time": FIRST + day * DAY, "actor": "a:1", "payload": {"n": day}} for day in range(6)]
    assert {each.status for each in services.append_events(ada, name, events)} == {"stored"}


def test_a_deletion_goes_on_where_it_failed_and_tells_the_count(ada, seen, worker, stream, monkeypatch):
    job = ask_deletion(ada, stream, start=FIRST + DAY)
    remove, done = removal.remove_part, []

    def fail_once(part, *rest):
        done.append(part)
        if len(done) == 4:
            raise StoreUnavailable("a bad moment", store="timeseries")
        return remove(part, *rest)

    monkeypatch.setattr(deletions, "remove_part", fail_once)
    worker().drain()
    Job.objects.update(run_after=FIRST)
    worker().drain()
    told = seen(job.id)
    assert (told.state, told.attempt) == ("succeeded", 2)
    assert (told.result["from"], told.result["events"], told.result["partitions"]) == (
        "2026-01-02T12:00:00.000000Z",
        5,
        10,
    )
    assert len(done) == 11, "only what failed was done again"
    assert "compactions from 20" in told.result["space"]
    assert [each.time for each in selectors.scan_events(ada, stream)] == [FIRST]


def test_a_stream_is_deleted_by_a_job_and_takes_nothing_meanwhile(ada, seen, worker, stream, monkeypatch):
    monkeypatch.setattr(deletions, "SETTLING_S", 0.0)
    job = ask_deletion(ada, stream, whole=True)
    append(ada, stream)
    delete = deletions.delete_stream

    def check_first(gone):
        with pytest.raises(Conflict):
            append(ada, stream)
        delete(gone)

    monkeypatch.setattr(deletions, "delete_stream", check_first)
    worker().drain()
    assert (seen(job.id).state, seen(job.id).result["events"]) == ("succeeded", 6)
    with pytest.raises(NotFound):
        selectors.stream_by_name(ada, stream)
    with pytest.raises(NotFound):
        ask_deletion(ada, stream, whole=True)


def test_a_command_asks_for_a_deletion(ada, worker, stream, capsys):
    call_command("delete_events", stream, "--to", "2026-01-03T00:00:00Z")
    assert "a worker will do it" in capsys.readouterr().out
    worker().drain()
    assert len(list(selectors.scan_events(ada, stream))) == 4


def test_a_recount_makes_counters_right(ada, seen, worker, stream):
    append(ada, stream)
    services.declare_schema(ada, stream, {"fields": {"n": "int", "at": "timestamp"}})
    more = {"time": FIRST, "payload": {"at": "2026-01-01T00:00:00Z"}}
    services.append_events(ada, stream, [more])
    tallies.flush()
    assert sum(each.events for each in selectors.stream_usage(ada, stream).values()) == 13
    job = ask_recount(ada, stream)
    worker().drain()
    assert (seen(job.id).state, seen(job.id).result["events"]) == ("succeeded", 7), seen(job.id).error
    forget_everything()
    usage = selectors.stream_usage(ada, stream).values()
    assert [each.events for each in usage] == [2, 1, 1, 1, 1, 1]
    counts = {(each.path, each.type): each.events for each in selectors.stream_fields(ada, stream)[0]}
    assert counts == {("n", "int"): 6, ("at", "timestamp"): 1}
