"""Events as lines of JSON: read by the C library or by Python, stored alike, rejected by line, written where they belong."""

import json
from datetime import timedelta
from functools import partial

import pytest
from cassandra.metadata import Murmur3Token

import native
from core.errors import InvalidInput, NotFound, StoreUnavailable
from timeseries import services, session
from timeseries.batches import RowsStatement
from timeseries.services import pieces, writing
from timeseries.services.appending import Wanted

from .conftest import ago, events_of, of_actor, stored, unique

ALL = Wanted(all=10_000)


@pytest.fixture(params=["compiled", "portable"])
def engine(request):
    native.choose("yes" if request.param == "compiled" else "no")
    yield request.param
    native.choose("auto")


def lines(events):
    return "".join(json.dumps(each) + "\n" for each in events).encode()


def raw_events(actors):
    start = ago(days=3)
    return [
        {
            "time": (start + timedelta(minutes=17 * number)).isoformat(),
            "payload": {"z": number / 8, "a": {"text": f"día {number}", "e": 1e300 if number % 7 else 1.5}},
            **({"actor": actors[number % 5]} if number % 3 else {}),
            **({"id": f"é/{number}"} if number % 4 == 0 else {"kind": "click"}),
        }
        for number in range(60)
    ]


def test_lines_are_stored_as_the_same_events_are(make_stream, owner, engine):
    actors = [unique() for _ in range(5)]
    raw, name = raw_events(actors), make_stream(peak_rate=5)
    for _ in range(2):
        sent = lines(raw)
        summary = services.append_lines(owner, name, [sent[:500], sent[500:501], sent[501:]], wanted=ALL)
        assert (summary.lines, summary.stored, summary.rejected, summary.failure) == (60, 60, 0, None)
        assert [place for place, _ in summary.results] == list(range(60))
        ids = stored([result for _, result in summary.results])
        found = events_of(owner, name)
        by_actor = [event for actor in actors for event in of_actor(owner, actor)]
    assert ids == stored(services.append_events(owner, name, raw))
    assert events_of(owner, name) == found
    assert [event for actor in actors for event in of_actor(owner, actor)] == by_actor
    assert (len(found), len(by_actor)) == (60, 40)


def test_wrong_lines_are_named_and_the_others_stored(make_stream, owner, engine):
    name = make_stream(retention="days90")
    good = {"time": ago(hours=1).isoformat()}
    sent = (
        b"no\n"
        + lines([good, {**good, "time": "9999-12-31T23:59:59Z"}])
        + b"\n\xff\n"
        + json.dumps({**good, "id": "1"}).encode()
    )
    summary = services.append_lines(owner, name, [sent], wanted=Wanted(failed=3))
    assert (summary.lines, summary.stored, summary.rejected, summary.unknown) == (6, 2, 4, 0)
    assert [place for place, _ in summary.results] == [0, 2, 3]
    assert len(events_of(owner, name)) == 2


def test_lines_that_do_not_fit_the_schema_are_rejected(make_stream, owner, engine):
    name, moment = make_stream(), ago(hours=1).isoformat()
    services.declare_schema(owner, name, {"fields": {"n": "int"}})
    sent = lines({"time": moment, "payload": {"n": n}} for n in (1, "two", 3, 4.5))
    summary = services.append_lines(owner, name, [sent], wanted=ALL)
    assert [result.status for _, result in summary.results] == ["stored", "rejected", "stored", "rejected"]
    assert {result.path for _, result in summary.results if result.path} == {"payload.n"}
    assert sorted(event.payload["n"] for event in events_of(owner, name)) == [1, 3]


def test_of_two_lines_of_one_identity_the_later_stays(make_stream, owner, engine, monkeypatch):
    name, moment, actors = make_stream(), ago(hours=1).isoformat(), [unique() for _ in range(3)]
    sent = [{"time": moment, "id": "1", "actor": actor, "payload": {"n": 1e99}} for actor in actors[:2]]
    sent.append({"time": moment, "id": "1", "actor": actors[2]})
    monkeypatch.setattr(pieces, "CHUNK_BYTES", 1)
    summary = services.append_lines(owner, name, [lines(sent[:2]), lines(sent[2:])], wanted=ALL)
    assert summary.stored == 3
    assert len({result.id for _, result in summary.results}) == 1
    (event,) = events_of(owner, name)
    assert event.actor == actors[2]
    assert [of_actor(owner, actor) for actor in actors] == [[], [], [event]]


def test_an_actors_row_that_is_lost_keeps_its_event_out_of_the_stream(make_stream, owner, engine, monkeypatch):
    name, actors = make_stream(), [unique() for _ in range(2)]
    sent = lines([{"time": ago(hours=1).isoformat(), "actor": actors[0]}, {"time": ago(hours=2).isoformat()}])
    with monkeypatch.context() as patch:
        patch.setattr(writing, "write_batches", partial(losing, "events_by_actor"))
        summary = services.append_lines(owner, name, [sent], wanted=ALL)
    assert [result.status for _, result in summary.results] == ["unknown", "stored"]
    assert len(events_of(owner, name)) == 1
    assert services.append_lines(owner, name, [sent], wanted=ALL).stored == 2
    assert len(events_of(owner, name)) == 2


def losing(table, batches):
    failure = StoreUnavailable("lost", store="timeseries")
    batches = list(batches)
    outcomes = iter(session.write_batches([batch for batch in batches if table not in batch.cql]))
    return [failure if table in batch.cql else next(outcomes) for batch in batches]


def test_what_came_before_an_end_is_stored(make_stream, owner, engine):
    name = make_stream()
    sent = lines({"time": (ago(hours=1) + timedelta(seconds=n)).isoformat()} for n in range(3))

    def broken():
        yield sent[:-5]
        raise InvalidInput("cut off")

    summary = services.append_lines(owner, name, broken(), wanted=ALL)
    assert (summary.lines, summary.stored, str(summary.failure)) == (2, 2, "cut off")
    assert len(events_of(owner, name)) == 2
    with pytest.raises(NotFound):
        services.append_lines(owner, f"{name}-none", [sent], wanted=ALL)


def test_batches_go_to_the_replicas_of_their_partition(make_stream, owner, reads):
    name, actor = make_stream(), unique()
    native.choose("yes")
    services.append_lines(owner, name, [lines([{"time": ago(hours=1).isoformat(), "actor": actor}])], wanted=ALL)
    native.choose("auto")
    sent = [statement for statement, _ in reads if isinstance(statement, RowsStatement)]
    assert len(sent) == 2
    wanted = set()
    for table, key in (
        ("events_by_stream_forever", "stream, bucket, shard"),
        ("events_by_actor_forever", "lane, bucket"),
    ):
        rows = session.execute_cql(f"SELECT token({key}), stream FROM {table}")
        wanted |= {token for token, stream in rows if stream == name}
    assert {Murmur3Token.hash_fn(statement.routing_key) for statement in sent} == wanted
    assert {statement.keyspace for statement in sent} == {session.keyspace()}
