"""An event sent again with other content, or half lost: both tables end with the same one row."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from core.errors import OutcomeUnknown, StoreUnavailable
from timeseries import selectors, services, session
from timeseries.services import ingest, writing

from .conftest import ago, events_of, of_actor, stored, unique

DAY_S = 86_400


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
        if any("events_by_stream" in batch.cql for batch in batches):
            return [StoreUnavailable("gone", store="timeseries") for _ in batches]
        return session.write_batches(batches)

    monkeypatch.setattr(writing, "write_batches", fail_at_stream_rows)
    with pytest.raises(StoreUnavailable):
        services.append_events(owner, name, [raw])
    monkeypatch.setattr(writing, "write_batches", session.write_batches)
    assert (len(events_of(owner, name)), len(of_actor(owner, actor))) == (0, 1)
    stored(services.append_events(owner, name, [raw]))
    assert (len(events_of(owner, name)), len(of_actor(owner, actor))) == (1, 1)


def failing(monkeypatch, table):
    """Let every batch that writes rows of that table be lost before it is sent."""

    def lose(batches):
        batches = list(batches)
        lost = [table in batch.cql for batch in batches]
        outcomes = iter(session.write_batches([batch for batch, gone in zip(batches, lost, strict=True) if not gone]))
        return [OutcomeUnknown("lost", store="timeseries") if gone else next(outcomes) for gone in lost]

    monkeypatch.setattr(writing, "write_batches", lose)


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
        session.write_batches([batch for batch in batches if "INTO events_by_actor" not in batch.cql])
        return [None for _ in batches]

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write_batches", forget_actors_rows)
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
        if any(batch.cql.startswith("DELETE") for batch in batches):
            monkeypatch.setattr(writing, "write_batches", session.write_batches)
            stored(services.append_events(owner, name, [first]))
        return session.write_batches(batches)

    monkeypatch.setattr(writing, "write_batches", hold_up_removals)
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
