"""Reading: in order over shards, buckets, widths and classes; by keyset with nothing lost; only what one may read."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from core.deadlines import Deadline
from core.errors import InvalidInput, NotFound, StoreTimeout, TooLarge
from timeseries import selectors, services, session
from timeseries.directory import forget_actors
from timeseries.identity import event_id, sort_key
from timeseries.services.streams import INSERT_ACTOR

from .conftest import days_ago, stored, unique


@pytest.fixture
def varied(make_stream, owner):
    """A stream that changed its class and width twice, with 600 events over all of it in random order of arrival."""
    versions = [(days_ago(6).date(), "days90", 20.0), (days_ago(2).date(), "days7", 900.0)]
    name = make_stream(retention="forever", peak_rate=5.0, versions=versions)
    chance = random.Random(7)
    actor = unique()
    moments = [days_ago(20) + timedelta(seconds=chance.uniform(0, 14 * 86_400)) for _ in range(200)]
    moments += [days_ago(6) + timedelta(seconds=chance.uniform(0, 4 * 86_400)) for _ in range(200)]
    moments += [days_ago(1) + timedelta(milliseconds=chance.randrange(300_000)) for _ in range(190)]
    moments += [days_ago(3)] * 10
    raw = [{"time": moment, "id": str(n), "actor": actor, "payload": {"n": n}} for n, moment in enumerate(moments)]
    ids = stored(services.append_events(owner, name, raw))
    return name, actor, sorted(ids, key=sort_key, reverse=True)


def follow(read, limit, newest_first):
    """All pages, one after the other."""
    found, after = [], None
    while True:
        page = read(limit=limit, newest_first=newest_first, after=after)
        found += [event.id for event in page]
        if len(page) < limit:
            return found
        after = page[-1].id


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("limit", [1, 7, 100, 600, 10_000])
def test_pages_follow_each_other_over_shards_buckets_and_classes(varied, owner, newest_first, limit):
    name, _, ids = varied
    wanted = ids if newest_first else ids[::-1]
    if limit == 1:
        wanted = wanted[:25]

    def read(**page):
        return [] if page["after"] == wanted[-1] else selectors.events_by_stream(owner, name, **page)

    assert follow(read, limit, newest_first) == wanted


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("limit", [7, 100, 1_000])
def test_an_actors_pages_too(varied, owner, newest_first, limit):
    _, actor, ids = varied

    def read(limit, **page):
        return selectors.events_by_actors(owner, [actor], limit_per_actor=limit, **page)[actor]

    assert follow(read, limit, newest_first) == (ids if newest_first else ids[::-1])


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_range_is_half_open_to_the_microsecond(varied, owner, newest_first):
    name, actor, _ = varied
    everything = list(selectors.scan_events(owner, name, newest_first=newest_first))
    start, end = sorted((everything[150].time, everything[450].time))
    wanted = [event for event in everything if start <= event.time < end]
    assert list(selectors.scan_events(owner, name, start=start, end=end, newest_first=newest_first)) == wanted
    options = {"start": start, "end": end, "newest_first": newest_first}
    assert selectors.events_by_actors(owner, [actor], limit_per_actor=1_000, **options)[actor] == wanted
    assert selectors.events_by_stream(owner, name, start=end, end=start) == []


def test_within_one_microsecond_the_order_is_cassandras_own(make_stream, owner):
    """Its timeuuids compare signed bytes: Python's key must say the same, or pages would lose events."""
    name, moment = make_stream(), days_ago(1)
    raw = [{"time": moment, "id": str(number)} for number in range(300)]
    ids = stored(services.append_events(owner, name, raw))
    query = "SELECT id FROM events_by_stream_forever WHERE stream = ? AND bucket = ? AND shard IN (0, 1)"
    partition = (name, int(moment.timestamp()))
    by_server = [
        [row[0] for row in session.read(query.replace("IN (0, 1)", f"= {shard}"), partition)] for shard in (0, 1)
    ]
    assert sum(map(len, by_server)) == 300
    for found in by_server:
        assert found == sorted(found, key=sort_key, reverse=True)
        assert found != sorted(found, key=lambda event: event.int, reverse=True), "plain order would not do"
    read = [event.id for event in selectors.events_by_stream(owner, name, limit=1_000)]
    assert read == sorted(ids, key=sort_key, reverse=True)
    assert follow(lambda **page: selectors.events_by_stream(owner, name, **page), 17, newest_first=False) == read[::-1]


def test_sparse_years_are_not_walked(make_stream, owner, reads):
    name, actor = make_stream(), unique()
    raw = [{"time": f"{year}-06-01T00:00:00Z", "actor": actor} for year in range(1970, 2026)]
    stored(services.append_events(owner, name, raw))
    reads.clear()
    newest = selectors.events_by_stream(owner, name, limit=3)
    assert [event.time.year for event in newest] == [2025, 2024, 2023]
    assert len(reads) <= 1 + 2 * (1 + 2 + 4), "the list, then a few buckets of two shards"
    reads.clear()
    assert [event.time.year for event in selectors.events_by_actors(owner, [actor], limit_per_actor=1)[actor]] == [2025]
    assert len(reads) <= 5
    reads.clear()
    assert selectors.events_by_stream(owner, name, start=days_ago(1)) == []
    assert len(reads) == 1


def test_actors_are_read_in_waves_not_one_by_one(make_stream, owner, monkeypatch):
    name, actors = make_stream(), [unique() for _ in range(40)]
    raw = [{"time": days_ago(1) + timedelta(seconds=n), "actor": actor} for n, actor in enumerate(actors * 3)]
    stored(services.append_events(owner, name, raw))
    waves = []
    run = session._run

    def spy(statements, **options):
        waves.append(len(statements))
        return run(statements, **options)

    monkeypatch.setattr(session, "_run", spy)
    found = selectors.events_by_actors(owner, actors, limit_per_actor=10)
    assert list(found) == actors
    assert all(len(events) == 3 and events[0].time > events[2].time for events in found.values())
    assert [size for size in waves if size >= 40] == [40, 40], "the lists of all, then the rows of all"


def test_an_unknown_actor_has_no_events(owner):
    assert selectors.events_by_actors(owner, ["nobody", "nobody", "user:x"]) == {"nobody": [], "user:x": []}
    assert selectors.events_by_actors(owner, []) == {}


def test_a_hot_actor_is_read_over_its_old_lane_and_its_own(make_stream, owner):
    name, hot, cold = make_stream(), unique("hot"), unique("cold")
    values = ("forever", hot, days_ago(3).date(), 800.0, 60, 0, datetime.now(UTC))
    assert session.write(INSERT_ACTOR, values)[0][0]
    forget_actors("forever")
    raw = [
        {"time": days_ago(5) + timedelta(minutes=20 * n), "actor": (hot, cold)[n % 2], "id": str(n)} for n in range(300)
    ]
    ids = stored(services.append_events(owner, name, raw))
    services.append_events(owner, name, raw)
    for actor, first in ((hot, 0), (cold, 1)):
        for newest_first in (True, False):
            found = selectors.events_by_actors(owner, [actor], limit_per_actor=1_000, newest_first=newest_first)[actor]
            assert [event.id for event in found] == (ids[first::2][::-1] if newest_first else ids[first::2])
    lanes = {row[0] for row in session.read("SELECT lane FROM buckets_by_actor WHERE actor = ?", (hot,))}
    assert len(lanes) == 2
    assert f"actor:{hot}" in lanes


@pytest.mark.parametrize("newest_first", [True, False])
def test_buckets_of_classes_that_overlap_are_merged(make_stream, owner, newest_first):
    """A hot actor's minutes fill more than a page of the list before the other class's day is named."""
    hot, day = unique("hot"), days_ago(2)
    values = ("forever", hot, days_ago(3).date(), 800.0, 60, 0, datetime.now(UTC))
    assert session.write(INSERT_ACTOR, values)[0][0]
    forget_actors("forever")
    minutes = [{"time": day + timedelta(minutes=n), "actor": hot} for n in range(0, 1_400, 5)]
    hours = [{"time": day + timedelta(hours=n, seconds=1), "actor": hot} for n in range(24)]
    ids = stored(services.append_events(owner, make_stream(), minutes))
    ids += stored(services.append_events(owner, make_stream(retention="days90"), hours))
    found = selectors.events_by_actors(owner, [hot], limit_per_actor=1_000, newest_first=newest_first)[hot]
    assert [event.id for event in found] == sorted(ids, key=sort_key, reverse=newest_first)


@pytest.mark.parametrize("client_id", [None, "1"])
@pytest.mark.parametrize("newest_first", [True, False])
def test_an_event_sent_again_after_its_actor_moved_to_another_lane_is_read_once(
    make_stream, owner, operator, client_id, newest_first
):
    """The actor's row then lies in both lanes; a replacement leaves the older one, which is not shown."""
    name, hot, moment = make_stream(), unique("hot"), days_ago(-5)
    raw = [{"time": moment + timedelta(seconds=n), "actor": hot, "id": client_id} for n in range(3)]
    ids = stored(services.append_events(owner, name, raw))
    services.add_actor_settings(operator, retention="forever", actor=hot, peak_rate=800, valid_from=days_ago(-3).date())
    assert stored(services.append_events(owner, name, raw)) == ids
    lanes = {row[0] for row in session.read("SELECT lane FROM buckets_by_actor WHERE actor = ?", (hot,))}
    assert len(lanes) == 2

    def read(limit, **page):
        found = selectors.events_by_actors(owner, [hot], limit_per_actor=limit, newest_first=newest_first, **page)
        return [event.id for event in found[hot]]

    ordered = ids[::-1] if newest_first else ids
    assert read(10) == ordered
    assert [read(1), read(1, after=ordered[0]), read(1, after=ordered[1])] == [[event] for event in ordered]
    if client_id:
        stored(services.append_events(owner, name, [{**each, "actor": unique()} for each in raw]))
        assert read(10) == []


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_pages_are_bounded(make_stream, owner, limit):
    with pytest.raises(TooLarge):
        selectors.events_by_stream(owner, make_stream(), limit=limit)
    with pytest.raises(TooLarge):
        selectors.events_by_actors(owner, ["a"], limit_per_actor=limit)
    with pytest.raises(TooLarge):
        selectors.events_by_actors(owner, [str(n) for n in range(1_001)])


def test_what_is_no_window_is_refused(make_stream, owner):
    name = make_stream()
    with pytest.raises(InvalidInput, match="no id of an event"):
        selectors.events_by_stream(owner, name, after=uuid4())
    with pytest.raises(InvalidInput, match="no offset"):
        selectors.events_by_stream(owner, name, start=datetime(2026, 1, 1))


@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_range_may_reach_beyond_what_ids_hold(make_stream, owner, moment):
    name = make_stream()
    (event,) = stored(services.append_events(owner, name, [{"time": "1582-10-15T00:00:00Z"}]))
    assert event == event_id(name, datetime(1582, 10, 15, tzinfo=UTC), _content("{}"))
    low, high = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert [each.id for each in selectors.events_by_stream(owner, name, start=low, end=high)] == [event]
    assert selectors.events_by_stream(owner, name, start=moment, end=moment) == []


def _content(payload):
    from timeseries.identity import of_content

    return of_content(payload, "", "", "")


def test_a_read_keeps_its_deadline(make_stream, owner):
    name = make_stream()
    with pytest.raises(StoreTimeout):
        selectors.events_by_stream(owner, name, deadline=Deadline(0.0))
    assert selectors.events_by_stream(owner, name, deadline=Deadline(30.0)) == []


def test_events_are_in_order_within_every_actor_of_a_shared_lane(make_stream, owner):
    name, actors = make_stream(), [unique() for _ in range(200)]
    raw = [{"time": days_ago(2) + timedelta(seconds=n), "actor": actors[n * 7 % 200]} for n in range(1_000)]
    stored(services.append_events(owner, name, raw))
    lanes = session.read("SELECT lane FROM buckets_by_actor WHERE actor = ?", (actors[0],))
    assert len(lanes) == 1
    found = selectors.events_by_actors(owner, actors, limit_per_actor=10)
    assert all(len(events) == 5 for events in found.values())
    assert all(one.time > other.time for events in found.values() for one, other in pairwise(events))


@pytest.mark.parametrize("actor", ["", "\ud800", "a\0", "x" * 257, 7])
def test_what_is_no_actor_is_refused(owner, actor):
    with pytest.raises(InvalidInput) as caught:
        selectors.events_by_actors(owner, ["fine", actor])
    assert caught.value.path == "actors"


@pytest.mark.parametrize("name", ["", "\ud800", "a\0", "x" * 70_000, "a b"])
def test_what_is_no_streams_name_is_no_stream(operator, name):
    with pytest.raises(NotFound):
        selectors.events_by_stream(operator, name)
    with pytest.raises(NotFound):
        selectors.stream_by_name(operator, name)
    with pytest.raises(NotFound):
        services.append_events(operator, name, [])
