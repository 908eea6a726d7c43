"""Appending: stored once however often sent, replaced whole, refused one by one, gone when its time is over."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connections

from core.errors import NotFound, PermissionRefused, StoreUnavailable, TooLarge
from core.principals import Principal, Role
from timeseries import selectors, services, session
from timeseries.batches import MAX_BYTES, MAX_ROWS
from timeseries.memory import forget_everything
from timeseries.selectors.merging import list_partitions
from timeseries.selectors.sources import StreamSource
from timeseries.services.lists import LISTED
from timeseries.statements import INSERT_STREAM_BUCKET, STATEMENTS

from .conftest import ago, events_of, of_actor, stored, unique

DAY_S = 86_400


def row_times(name, event, *, retention):
    """TTL and write time of the stream's row, as Cassandra has them."""
    partition = next(
        each
        for each in list_partitions(StreamSource(name))
        if session.read(STATEMENTS[retention].select_stored, (*each.key, [event]))
    )
    query = (
        f"SELECT TTL(payload), WRITETIME(payload) FROM events_by_stream_{retention}"
        " WHERE stream = ? AND bucket = ? AND shard = ? AND id = ?"
    )
    return session.read(query, (*partition.key, event))[0]


def test_an_event_comes_back_as_it_went_in(make_stream, owner):
    name, actor = make_stream(), unique()
    payload = {"text": "día ☃ \U0001f600", "list": [1, -1.5, None, True, {"deep": []}], "big": 2**63 - 1}
    raw = {"time": "2026-01-31T12:00:00.123456+09:00", "actor": actor, "kind": "click", "level": "info", "id": "é/1"}
    (event_id,) = stored(services.append_events(owner, name, [{**raw, "payload": payload}]))
    (event,) = events_of(owner, name)
    assert (event.id, event.stream, event.actor, event.kind, event.level, event.client_id) == (
        event_id,
        name,
        actor,
        "click",
        "info",
        "é/1",
    )
    assert event.time == datetime(2026, 1, 31, 3, 0, 0, 123456, tzinfo=UTC)
    assert event.payload == payload
    assert of_actor(owner, actor) == [event]


def test_sent_again_nothing_is_added(make_stream, owner):
    name, actors = make_stream(), [unique() for _ in range(5)]
    raw = [
        {
            "time": ago(minutes=number),
            "actor": actors[number % 5],
            "payload": {"n": number},
            "id": str(number) if number % 2 else None,
        }
        for number in range(60)
    ]
    first = stored(services.append_events(owner, name, raw))
    forget_everything()
    assert stored(services.append_events(owner, name, raw)) == first
    assert stored(services.append_events(owner, name, raw[::-1])) == first[::-1]
    assert len(set(first)) == selectors.count_events(name) == 60
    assert sum(len(of_actor(owner, actor)) for actor in actors) == 60


def test_events_of_one_moment_without_an_id_are_told_apart_by_what_they_say(make_stream, owner):
    name, moment = make_stream(), ago(hours=1)
    raw = [
        {"time": moment, "payload": {"n": 1}},
        {"time": moment, "payload": {"n": 2}},
        {"time": moment, "kind": "x", "payload": {"n": 1}},
    ]
    assert len(set(stored(services.append_events(owner, name, raw + raw)))) == 3
    assert selectors.count_events(name) == 3


@pytest.mark.parametrize("client_id", ["1", None])
def test_an_expiry_is_the_events_time_plus_the_retention_however_often_it_is_sent(make_stream, owner, client_id):
    name = make_stream(retention="days7")
    raw = {"time": ago(days=5), "payload": {"n": 1}, "id": client_id}
    (event,) = stored(services.append_events(owner, name, [raw]))
    ttl_s, written = row_times(name, event, retention="days7")
    stored(services.append_events(owner, name, [raw]))
    again_s, written_again = row_times(name, event, retention="days7")
    assert 2 * DAY_S - 60 < again_s <= ttl_s <= 2 * DAY_S + 1
    assert (written_again == written) == (client_id is not None), (
        "under a client's id an equal event is not even written"
    )


def test_an_event_of_a_class_without_end_has_no_expiry(make_stream, owner):
    name = make_stream(retention="forever")
    (event,) = stored(services.append_events(owner, name, [{"time": "1997-01-01T00:00:00Z"}]))
    assert row_times(name, event, retention="forever")[0] is None


def test_when_its_time_is_over_an_event_is_gone_from_both_tables(make_stream, owner):
    name, actor = make_stream(retention="days7"), unique()
    raw = {"time": ago(days=7, seconds=-3), "actor": actor}
    stored(services.append_events(owner, name, [raw]))
    assert len(events_of(owner, name)) == len(of_actor(owner, actor)) == 1
    give_up_s = time.monotonic() + 30
    while (events_of(owner, name) or of_actor(owner, actor)) and time.monotonic() < give_up_s:
        time.sleep(0.2)
    assert events_of(owner, name) == of_actor(owner, actor) == []
    (result,) = services.append_events(owner, name, [raw])
    assert (result.status, result.path) == ("rejected", "time")
    assert "expired already" in result.reason


def test_a_write_that_is_not_acknowledged_in_time_is_unknown_and_may_be_sent_again(make_stream, owner, monkeypatch):
    name = make_stream()
    raw = [{"time": ago(minutes=number)} for number in range(3)]
    with monkeypatch.context() as patch:
        patch.setattr(session, "_run", partial(session._run, timeout_s=1e-9))
        results = services.append_events(owner, name, raw)
    assert {(result.status, result.code) for result in results} == {("unknown", "outcome_unknown")}
    ids = stored(services.append_events(owner, name, raw))
    assert [result.id for result in results] == ids
    assert selectors.count_events(name) == 3


def test_too_few_replicas_are_unavailable_and_nothing_is_said_to_be_stored(make_stream, owner, monkeypatch):
    name = make_stream()
    options = connections.databases["timeseries"]["OPTIONS"]
    session.close()
    try:
        with monkeypatch.context() as patch:
            patch.setitem(options, "consistency", "THREE")
            with pytest.raises(StoreUnavailable, match="[Cc]annot achieve consistency level"):
                services.append_events(owner, name, [{"time": ago(hours=1)}])
    finally:
        session.close()
    assert selectors.count_events(name) == 0


def test_what_is_wrong_with_one_event_is_its_own_affair(make_stream, owner):
    name = make_stream(retention="days90")
    raw: list[Any] = [
        {"time": ago(hours=1)},
        {"time": "yesterday"},
        {"time": ago(days=91)},
        {"time": "1500-01-01T00:00:00Z"},
        {"time": "9999-12-31T23:59:59Z"},
        {"time": "2037-12-31T00:00:00Z"},
        {"time": ago(hours=1), "payload": {"a": float("nan")}},
        {"time": ago(hours=1), "actor": "x" * 257},
        "nothing",
        {"time": ago(hours=2)},
    ]
    results = services.append_events(owner, name, raw)
    assert [result.status for result in results] == ["stored", *["rejected"] * 8, "stored"]
    assert [(result.code, result.path) for result in results[1:9]] == [
        ("invalid_input", "time"),
        ("invalid_input", "time"),
        ("invalid_input", "time"),
        ("invalid_input", "time"),
        ("invalid_input", "time"),
        ("invalid_input", "payload"),
        ("too_large", "actor"),
        ("invalid_input", ""),
    ]
    assert selectors.count_events(name) == 2


def test_a_call_without_events_is_no_error_and_one_with_too_many_is(make_stream, owner):
    name = make_stream()
    assert services.append_events(owner, name, []) == []
    with pytest.raises(TooLarge, match="at most 10000"):
        services.append_events(owner, name, [{}] * 10_001)


def test_who_may_append(make_stream, owner, stranger, operator):
    name = make_stream(writers=[stranger.user_id])
    event = [{"time": ago(hours=1)}]
    for allowed in (owner, stranger, operator):
        stored(services.append_events(allowed, name, event))
    reader = Principal(operator.user_id)
    with pytest.raises(NotFound):
        services.append_events(reader, name, event)
    services.change_stream(owner, name, readers=[reader.user_id])
    with pytest.raises(PermissionRefused):
        services.append_events(reader, name, event)
    with pytest.raises(PermissionRefused):
        services.append_events(Principal(operator.user_id, Role.ANALYST), name, event)


def test_large_and_many_events_go_in_batches_of_bounded_size(make_stream, owner, reads):
    name = make_stream()
    start = datetime.now(UTC).replace(hour=0, minute=0) - timedelta(days=1)
    raw = [
        {"time": start + timedelta(seconds=number), "payload": {"n": number, "text": "x" * 60_000}}
        for number in range(30)
    ]
    raw += [{"time": start + timedelta(seconds=number), "payload": {"n": number}} for number in range(30, 400)]
    stored(services.append_events(owner, name, [{**raw[0], "id": "its bucket and fields are known by it"}]))
    reads.clear()
    stored(services.append_events(owner, name, raw))
    batches = [statement for statement, _ in reads if hasattr(statement, "_statements_and_parameters")]
    rows = [len(batch._statements_and_parameters) for batch in batches]
    sizes = [
        sum(len(b"".join(v for v in values if v)) for _, _, values in batch._statements_and_parameters)
        for batch in batches
    ]
    assert sum(rows) == 400
    assert max(rows) <= MAX_ROWS
    assert max(sizes) < MAX_BYTES + 100 * 200
    assert selectors.count_events(name) == 401


def test_a_bucket_is_listed_once_by_a_process_and_again_after_its_memory_fades(make_stream, owner, reads, monkeypatch):
    name = make_stream()

    listing = session.prepare(INSERT_STREAM_BUCKET).query_id

    def listings():
        batches = [
            batch._statements_and_parameters for batch, _ in reads if hasattr(batch, "_statements_and_parameters")
        ]
        return sum(query == listing for batch in batches for _, query, _ in batch)

    for number in range(3):
        stored(services.append_events(owner, name, [{"time": ago(seconds=number)}]))
    assert 1 <= listings() <= 2, "two when midnight lies between"
    reads.clear()
    monkeypatch.setattr(LISTED, "max_age_s", -1.0)
    stored(services.append_events(owner, name, [{"time": ago(seconds=9)}]))
    assert listings() == 1


def test_many_writers_at_once_lose_nothing(make_stream, owner):
    name = make_stream(peak_rate=5)
    start = ago(days=3)

    def append(writer):
        raw = [{"time": start + timedelta(seconds=number), "id": f"{writer}/{number}"} for number in range(100)]
        return stored(services.append_events(owner, name, raw))

    with ThreadPoolExecutor(6) as pool:
        ids = [event for found in pool.map(append, range(6)) for event in found]
    assert len(set(ids)) == selectors.count_events(name) == 600
