"""The job that fills a lookup: it goes on where it was, waits until every process knows, and ends with its lookup."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from core.errors import StoreUnavailable
from operations import lookups
from timeseries import selectors, services
from timeseries.filters import Condition, Filters
from timeseries.memory import forget_everything
from timeseries.services.lookup_filling import list_partition

from .test_runs import due_now

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def stream(ada, monkeypatch):
    """A stream of Ada's with events on three days; new lookups need not settle."""
    monkeypatch.setattr(lookups, "SETTLING", timedelta(0))
    monkeypatch.setattr(lookups, "NOTED_EVERY_S", 0.0)
    forget_everything()
    name = f"test-{uuid4().hex}"
    services.create_stream(ada, name=name, retention="forever", peak_rate=0.1)
    raw = [{"time": NOON + timedelta(days=n % 3), "payload": {"n": n}} for n in range(30)]
    assert {each.status for each in services.append_events(ada, name, raw)} == {"stored"}
    return name


def found(ada, stream, value):
    return selectors.filtered_by_stream(ada, stream, Filters((Condition("payload.n", "eq", value),))).events


def test_a_lookup_is_filled_and_ready(ada, stream, seen, worker, settings):
    settings.LOOKUP_EVENTS_PER_S = 100
    lookup, is_new = lookups.declare_lookup(ada, stream, name="n", field="payload.n")
    assert (is_new, lookup.is_ready) == (True, False)
    assert worker().drain() == 1
    job = seen(lookup.job)
    assert (job.state, job.result, job.progress["total"]) == ("succeeded", {"rows": 30, "partitions": 3}, 3)
    assert (job.finished - job.started).total_seconds() > 0.2, "thirty events at a hundred a second"
    ready, is_new = lookups.declare_lookup(ada, stream, name="n", field="payload.n")
    assert (is_new, ready.is_ready, ready.done, ready.total, ready.job) == (False, True, 3, 3, job.id)
    assert [event.payload["n"] for event in found(ada, stream, 17)] == [17]


def test_it_goes_on_where_it_was(ada, stream, seen, worker, monkeypatch):
    listed: list[object] = []

    def failing(lookup, partition):
        if len(listed) == 1:
            listed.append("failed")
            raise StoreUnavailable("a bad day", store="timeseries")
        listed.append(partition.key[1])
        return list_partition(lookup, partition)

    monkeypatch.setattr(lookups, "list_partition", failing)
    lookup, _ = lookups.declare_lookup(ada, stream, name="n", field="payload.n")
    worker().drain()
    due_now()
    worker().drain()
    assert seen(lookup.job).result == {"rows": 30, "partitions": 3}
    assert listed[1] == "failed"
    assert len({*listed}) == 4
    assert [event.payload["n"] for event in found(ada, stream, 0)] == [0]


def test_what_was_deleted_meanwhile_has_no_job_any_more(ada, stream, seen, worker):
    lookup, _ = lookups.declare_lookup(ada, stream, name="n", field="payload.n")
    services.delete_lookup(ada, stream, "n")
    worker().drain()
    assert (seen(lookup.job).state, seen(lookup.job).error["code"]) == ("failed", "not_found")


def test_it_begins_when_every_process_lists_new_events(ada, stream, seen, worker, monkeypatch):
    monkeypatch.setattr(lookups, "SETTLING", timedelta(seconds=60))
    lookup, _ = lookups.declare_lookup(ada, stream, name="n", field="payload.n")
    assert worker().drain() == 0
    assert lookups.declare_lookup(ada, stream, name="n", field="payload.n") == (lookup, False)
    paused: list[float] = []
    monkeypatch.setattr("operations.lookups.time.sleep", paused.append)
    monkeypatch.setattr(lookups, "now", iter([NOON, datetime.now(UTC) + timedelta(hours=1)]).__next__)
    job = type("Job", (), {"request": {"not_before": "2026-01-31T12:01:00Z"}, "report": lambda self, **_: None})()
    lookups._wait_until_written(job)
    assert paused == [0.5]
