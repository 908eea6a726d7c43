"""Appending: stored once however often sent, replaced whole, refused one by one, gone when its time is over."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from core.errors import NotFound, OutcomeUnknown, PermissionRefused, StoreUnavailable, TooLarge
from core.principals import Principal, Role
from timeseries import selectors, services, session
from timeseries.memory import forget_everything
from timeseries.selectors.merging import list_partitions
from timeseries.selectors.sources import StreamSource
from timeseries.services import ingest
from timeseries.statements import INSERT_STREAM_BUCKET, STATEMENTS

from .conftest import stored, unique

DAY_S = 86_400


def ago(**span):
    return datetime.now(UTC) - timedelta(**span)


def events_of(owner, name):
    return list(selectors.scan_events(owner, name))


def of_actor(owner, actor):
    return selectors.events_by_actors(owner, [actor], limit_per_actor=1_000)[actor]


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


def test_another_content_under_one_identity_replaces_the_row_whole(make_stream, owner):
    name, moment, before, after = make_stream(), ago(hours=1), unique("before"), unique("after")
    first = {"time": moment, "id": "1", "actor": before, "kind": "k", "level": "l", "payload": {"a": 1, "b": 2}}
    (event,) = stored(services.append_events(owner, name, [first]))
    assert stored(
        services.append_events(owner, name, [{"time": moment, "id": "1", "actor": after, "payload": {"a": 3}}])
    ) == [event]
    (now,) = events_of(owner, name)
    assert (now.id, now.actor, now.kind, now.level, now.payload) == (event, after, None, None, {"a": 3})
    assert of_actor(owner, before) == []
    assert of_actor(owner, after) == [now]
    stored(services.append_events(owner, name, [{"time": moment, "id": "1"}]))
    assert of_actor(owner, after) == []
    stored(services.append_events(owner, name, [first]))
    assert [each.payload for each in of_actor(owner, before)] == [{"a": 1, "b": 2}]


def test_of_two_contents_in_one_call_the_later_stays_whole(make_stream, owner):
    name, moment, actor = make_stream(), ago(hours=1), unique()
    raw = [
        {"time": moment, "id": "1", "actor": unique(), "kind": "zzz", "payload": {"z": 9}},
        {"time": moment, "id": "1", "actor": actor, "payload": {"a": 1}},
    ]
    ids = stored(services.append_events(owner, name, raw))
    assert ids[0] == ids[1]
    (event,) = events_of(owner, name)
    assert (event.actor, event.kind, event.payload) == (actor, None, {"a": 1})
    assert of_actor(owner, raw[0]["actor"]) == []


def test_a_half_done_event_is_finished_by_sending_it_again(make_stream, owner, monkeypatch):
    """The stream's row is written last: without it the actor's row is not taken for done."""
    name, actor = make_stream(), unique()
    raw = {"time": ago(hours=1), "id": "1", "actor": actor}

    def fail_at_stream_rows(batches):
        if any("events_by_stream" in request.cql for batch in batches for request in batch):
            return [StoreUnavailable("gone", store="timeseries") for _ in batches]
        return session.write_batches(batches)

    monkeypatch.setattr(ingest, "write_batches", fail_at_stream_rows)
    with pytest.raises(StoreUnavailable):
        services.append_events(owner, name, [raw])
    monkeypatch.setattr(ingest, "write_batches", session.write_batches)
    assert (len(events_of(owner, name)), len(of_actor(owner, actor))) == (0, 1)
    stored(services.append_events(owner, name, [raw]))
    assert (len(events_of(owner, name)), len(of_actor(owner, actor))) == (1, 1)


def failing(monkeypatch, table):
    """Let every batch that writes rows of that table be lost before it is sent."""

    def lose(batches):
        batches = list(batches)
        lost = [any(table in request.cql for request in batch) for batch in batches]
        outcomes = iter(session.write_batches([batch for batch, gone in zip(batches, lost, strict=True) if not gone]))
        return [OutcomeUnknown("lost", store="timeseries") if gone else next(outcomes) for gone in lost]

    monkeypatch.setattr(ingest, "write_batches", lose)


@pytest.mark.parametrize("table", ["INTO events_by_stream", "INTO events_by_actor", "FROM events_by_actor"])
@pytest.mark.parametrize("sent_next", ["first", "second", "third", "nobody", "rewritten"])
def test_whatever_was_lost_any_event_sent_next_is_whole_in_both_tables(
    make_stream, owner, monkeypatch, table, sent_next
):
    name, moment = make_stream(), ago(hours=1)
    raw = {who: {"time": moment, "id": "1", "actor": unique(who)} for who in ("first", "second", "third")}
    raw["nobody"] = {"time": moment, "id": "1"}
    raw["rewritten"] = {**raw["first"], "payload": {"n": 2}}
    stored(services.append_events(owner, name, [raw["first"]]))
    with monkeypatch.context() as patch:
        failing(patch, table)
        services.append_events(owner, name, [raw["second"]])
    for _ in range(2):
        stored(services.append_events(owner, name, [raw[sent_next]]))
        (event,) = events_of(owner, name)
        assert (event.actor, event.payload) == (raw[sent_next].get("actor"), raw[sent_next].get("payload", {}))
        names = [raw[who]["actor"] for who in ("first", "second", "third")]
        together = selectors.events_by_actors(owner, names)
        for actor in names:
            assert together[actor] == of_actor(owner, actor) == ([event] if event.actor == actor else [])


def test_another_content_whose_streams_row_was_lost_does_not_outlive_the_first_sent_again(
    make_stream, owner, monkeypatch
):
    name, actor, moment = make_stream(), unique(), ago(hours=1)
    first, other = ({"time": moment, "id": "1", "actor": actor, "payload": {"n": n}} for n in (1, 2))
    stored(services.append_events(owner, name, [first]))
    with monkeypatch.context() as patch:
        failing(patch, "INTO events_by_stream")
        assert [each.status for each in services.append_events(owner, name, [other])] == ["unknown"]
    stored(services.append_events(owner, name, [first]))
    assert [event.payload for event in of_actor(owner, actor)] == [{"n": 1}]
    assert of_actor(owner, actor) == events_of(owner, name)


def test_a_lost_actors_row_comes_back_when_the_event_is_sent_again(make_stream, owner, monkeypatch):
    """As after a restore or TRUNCATE of the actors' table: the stream's row alone is there."""
    name, actor = make_stream(), unique()
    raw = {"time": ago(hours=1), "id": "1", "actor": actor}

    def forget_actors_rows(batches):
        batches = [[each for each in batch if "INTO events_by_actor" not in each.cql] for batch in batches]
        session.write_batches([batch for batch in batches if batch])
        return [None for _ in batches]

    with monkeypatch.context() as patch:
        patch.setattr(ingest, "write_batches", forget_actors_rows)
        stored(services.append_events(owner, name, [raw]))
    assert (len(events_of(owner, name)), of_actor(owner, actor)) == (1, [])
    stored(services.append_events(owner, name, [raw]))
    assert len(of_actor(owner, actor)) == 1
    assert of_actor(owner, actor) == events_of(owner, name)


def test_a_replacement_wins_over_what_a_faster_clock_has_written(make_stream, owner, monkeypatch):
    name, moment, actors = make_stream(), ago(hours=1), [unique(), unique()]
    with monkeypatch.context() as patch:
        patch.setattr(ingest, "write_time_us", lambda: session.write_time_us() + 3_600_000_000)
        stored(services.append_events(owner, name, [{"time": moment, "id": "1", "actor": actors[0]}]))
    stored(services.append_events(owner, name, [{"time": moment, "id": "1", "actor": actors[1]}]))
    (event,) = events_of(owner, name)
    assert (of_actor(owner, actors[0]), of_actor(owner, actors[1])) == ([], [event])


def test_a_late_removal_leaves_what_was_written_since(make_stream, owner, monkeypatch):
    """Between the stream's row of the second and the removal of the first's, the first is named again."""
    name, moment, actors = make_stream(), ago(hours=1), [unique(), unique()]
    first, second = ({"time": moment, "id": "1", "actor": actor} for actor in actors)
    stored(services.append_events(owner, name, [first]))

    def hold_up_removals(batches):
        batches = list(batches)
        if any(request.cql.startswith("DELETE") for batch in batches for request in batch):
            monkeypatch.setattr(ingest, "write_batches", session.write_batches)
            stored(services.append_events(owner, name, [first]))
        return session.write_batches(batches)

    monkeypatch.setattr(ingest, "write_batches", hold_up_removals)
    stored(services.append_events(owner, name, [second]))
    (event,) = events_of(owner, name)
    assert (of_actor(owner, actors[0]), of_actor(owner, actors[1])) == ([event], [])


def test_three_who_name_different_actors_at_once_leave_one_of_them_in_both_tables(make_stream, owner):
    name, start, actors = make_stream(), ago(hours=1), [unique() for _ in range(3)]

    def append(actor):
        for number in range(60):
            raw = {"time": start + timedelta(seconds=number), "id": str(number), "actor": actor}
            stored(services.append_events(owner, name, [raw]))
            barrier.wait()

    barrier = Barrier(3, timeout=60)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(append, actors))
    events = events_of(owner, name)
    assert len(events) == 60
    # One actor alone, and all at once: a leftover row and the right one then meet in one read.
    together = selectors.events_by_actors(owner, actors, limit_per_actor=1_000)
    for actor in actors:
        assert together[actor] == of_actor(owner, actor) == [each for each in events[::-1] if each.actor == actor]


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
    stored(services.append_events(owner, name, raw))
    batches = [statement for statement, _ in reads if hasattr(statement, "_statements_and_parameters")]
    rows = [len(batch._statements_and_parameters) for batch in batches]
    sizes = [
        sum(len(b"".join(v for v in values if v)) for _, _, values in batch._statements_and_parameters)
        for batch in batches
    ]
    assert sum(rows) == 401
    assert max(rows) <= ingest.BATCH_ROWS
    assert max(sizes) < ingest.BATCH_BYTES + 100 * 200
    assert selectors.count_events(name) == 400


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
    monkeypatch.setattr(ingest._listed, "max_age_s", -1.0)
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
