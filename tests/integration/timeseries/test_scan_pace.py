"""How scans behave when the consumer is slow, others read, connections are lost, and processes fork."""

from typing import Any

import pytest
from django.db import connections

from core.errors import StoreUnavailable
from formats import PageValues
from tests.children import run_in_child
from tests.proxy import Proxy
from timeseries import selectors, services
from timeseries.scan import Page, Throttle, Wanted, gauge, plan_slices, reading, scan, session, throttle
from timeseries.scan.plans import whole_ranges

from .conftest import stored

WANTED = Wanted(("payload",))


@pytest.fixture
def full_stream(owner, make_stream):
    """A stream of a hundred events in one partition."""
    name = make_stream()
    events = [{"time": f"2026-01-31T12:00:00.{n:06d}Z", "payload": {"n": n}} for n in range(100)]
    stored(services.append_events(owner, name, events))
    return name


def numbers(pages):
    return [payload["n"] for page in pages for payload in PageValues(page).payloads]


def test_no_more_is_read_ahead_than_a_page_for_each_slice_in_flight(full_stream, monkeypatch):
    asked: list[int] = []
    ask = session.ask

    def spy(*arguments, **options):
        asked.append(options["rows"])
        ask(*arguments, **options)

    monkeypatch.setattr(session, "ask", spy)
    pages = scan(whole_ranges(8), Wanted(("payload",), streams=[full_stream]), in_flight=3, page_rows=10)
    assert asked == []
    for given, _ in enumerate(pages, start=1):
        assert len(asked) <= given + 3
    assert len(asked) == given


def test_a_page_that_fails_is_read_again_and_a_scan_that_gave_up_goes_on(full_stream, monkeypatch):
    database = connections.databases["timeseries"]
    proxy = Proxy((database["HOST"].split(",")[0], int(database["PORT"])))
    monkeypatch.setitem(database, "HOST", "127.0.0.1")
    monkeypatch.setitem(database, "PORT", proxy.port)
    monkeypatch.setattr(reading, "FIRST_WAIT_S", 0.1)
    session.close()
    plan = plan_slices([full_stream], slices=1)
    taken: list[Page] = []
    position = b""
    options: dict[str, Any] = {"page_rows": 20, "in_flight": 1, "throttle": Throttle(count_reads=None)}
    try:
        with monkeypatch.context() as once, pytest.raises(StoreUnavailable):
            once.setattr(reading, "ATTEMPTS", 1)
            for page in scan(plan, WANTED, **options):
                taken.append(page)
                position, proxy.cuts_left = page.position, 1
        for page in scan(plan, WANTED, positions={0: position}, **options):
            proxy.cuts_left = len(taken) == 3
            taken.append(page)
    finally:
        session.close()
        proxy.close()
    assert sorted(numbers(taken)) == list(range(100))


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_child_scans_with_a_session_of_its_own_and_the_parents_stays(full_stream):
    plan = plan_slices([full_stream], slices=1)
    assert len(numbers(scan(plan, WANTED))) == 100
    parents = session._door.cluster

    def child():
        assert session._door.cluster is None
        assert len(numbers(scan(plan, WANTED))) == 100
        session.close()

    assert run_in_child(child) == 0
    assert session._door.cluster is parents
    assert len(numbers(scan(plan, WANTED))) == 100


def test_cassandra_counts_what_others_read_of_events(full_stream, owner):
    before = gauge.event_reads() or 0
    for _ in range(3):
        selectors.events_by_stream(owner, full_stream)
    assert (gauge.event_reads() or 0) - before >= 3


def test_a_scan_is_gentle_while_others_read(monkeypatch):
    monkeypatch.setattr(throttle, "SAMPLED_EVERY_S", 0.0)
    counts = iter([100, 100, 150, 151, None, 900])
    pace = Throttle(count_reads=lambda: next(counts))
    monkeypatch.setattr(throttle, "BUSY_READS_PER_S", 0.0)
    seen = []
    for _ in range(6):
        rest_s = pace.pause_s(5_000, took_s=0.01, is_read=True)
        seen.append((pace.is_gentle, pace.max_page_rows, round(rest_s, 3)))
    full, gentle = (False, None, 0.0), (True, 1_000, 0.04)
    # One of the reads is each time the scan's own; without a count from before nothing is known.
    assert seen == [full, full, gentle, gentle, full, full]


def test_a_scan_that_would_rest_for_hours_stops_when_it_is_told_to(full_stream):
    told = iter([False, False, True, True])
    slow = Throttle(rows_per_s=0.01, count_reads=None)
    assert list(scan(plan_slices([full_stream]), WANTED, throttle=slow, stop=lambda: next(told))) != []


def test_a_rate_is_kept():
    pace = Throttle(rows_per_s=10.0, count_reads=None)
    assert pace.pause_s(1_000) > 99
    assert pace.pause_s(1_000) > 199
