"""Deleting: a range with its actors' rows, a stream with all it has; what is written later stays, nothing half is read."""

from datetime import timedelta
from itertools import islice
from uuid import uuid4

import pytest

from core.errors import Conflict, InvalidInput, NotFound, PermissionRefused
from timeseries import declarations, selectors, services, session
from timeseries.directory import find_streams
from timeseries.fields import key_of, seen_fields
from timeseries.lookup_directory import lookups_of
from timeseries.memory import forget_everything
from timeseries.placement import place_event
from timeseries.services import deletions, removal, tallies
from timeseries.windows import Window

from .conftest import MIDNIGHT, days_ago, events_of, of_actor, stored, unique

HOUR = timedelta(hours=1)
RULES = {"analyst": {"payload.n": "hidden"}}
LISTED = "SELECT id FROM events_by_lookup_forever WHERE stream = ? ALLOW FILTERING"


@pytest.fixture
def delete(owner):
    """Delete a stream's events of a range, all parts or those after one; return what each step removed."""

    def run(name, start=None, end=None, *, whole=False, deleted_us=None, after=None, steps=1_000, principal=owner):
        window = deletions.window_of(start, end, whole=whole)
        stream = deletions.begin_deletion(principal, name, window, deletion_id=uuid4(), whole=whole)
        assert stream
        parts = deletions.delete_parts(stream, window, deleted_us or session.write_time_us(), after=after)
        return list(islice(parts, steps))

    return run


def event(when, actor="", **more):
    return {"time": when, "payload": {"n": 1}, **({"actor": actor} if actor else {}), **more}


def times(events):
    return sorted(each.time for each in events)


def test_a_range_goes_from_both_tables_and_the_rest_stays(make_stream, owner, delete):
    name, other, actor = make_stream(), make_stream(), unique()
    moments = [days_ago(age) + 6 * HOUR * part for age in (4, 3, 2, 1) for part in range(4)]
    for stream in (name, other):
        stored(services.append_events(owner, stream, [event(each, actor, id=str(each)) for each in moments]))
    tallies.flush()
    steps = delete(name, days_ago(4) + 12 * HOUR, days_ago(1))
    left = moments[:2] + moments[-4:]
    assert sum(step.removed.events for step in steps) == len(moments) - len(left)
    assert times(events_of(owner, name)) == left
    assert times(each for each in of_actor(owner, actor) if each.stream == name) == left
    assert times(events_of(owner, other)) == moments
    assert times(each for each in of_actor(owner, actor) if each.stream == other) == moments
    assert sum(each.events for each in selectors.stream_usage(owner, name).values()) == len(left)
    assert sum(step.removed.events for step in delete(name, days_ago(4) + 12 * HOUR, days_ago(1))) == 0


def test_what_is_written_later_stays(make_stream, owner, delete):
    name, actor = make_stream(), unique()
    former, later = event(days_ago(1), actor), event(days_ago(1) + HOUR, actor)
    stored(services.append_events(owner, name, [former]))
    deleted_us = session.write_time_us()
    stored(services.append_events(owner, name, [later]))
    assert sum(step.removed.events for step in delete(name, days_ago(2), MIDNIGHT, deleted_us=deleted_us)) == 1
    assert times(events_of(owner, name)) == times(of_actor(owner, actor)) == [later["time"]]
    stored(services.append_events(owner, name, [former]))
    assert times(of_actor(owner, actor)) == [former["time"], later["time"]]


def test_it_goes_on_after_the_last_partition_that_was_done(make_stream, owner, delete, monkeypatch):
    name = make_stream(peak_rate=1_000)  # hours, several shards
    stored(services.append_events(owner, name, [event(days_ago(2) + HOUR * n / 20) for n in range(60)]))
    monkeypatch.setattr(removal, "PAGE_ROWS", 4)
    first = delete(name, days_ago(3), steps=2)
    rest = delete(name, days_ago(3), after=(first[-1].bucket, first[-1].shard))
    places = [(step.bucket, step.shard) for step in (*first, *rest)]
    assert places == sorted(set(places))
    assert sum(step.removed.events for step in (*first, *rest)) == 60
    assert events_of(owner, name) == []


def test_an_actor_with_many_rows_loses_them_as_ranges_between_those_of_others(make_stream, owner, delete, monkeypatch):
    monkeypatch.setattr(removal, "MANY", 5)
    name, other, actor = make_stream(), make_stream(), unique()
    moments = [days_ago(1) + HOUR * n / 60 for n in range(40)]
    stored(services.append_events(owner, name, [event(each, actor) for each in moments]))
    stored(services.append_events(owner, other, [event(each, actor) for each in moments[::8]]))
    sent, write = [], session.write_batches

    def spy(batches):
        sent.extend(batches)
        return write(batches)

    monkeypatch.setattr(removal, "write_batches", spy)
    delete(name, days_ago(2))
    assert [each.stream for each in of_actor(owner, actor)] == [other] * 5
    assert 5 <= sum(len(batch.values) for batch in sent) <= 7


def test_rows_that_were_left_over_under_a_former_actor_are_not_shown(make_stream, owner, delete):
    name, former = make_stream(), unique()
    raw = event(days_ago(1), former, id="1")
    stored(services.append_events(owner, name, [raw]))
    stream = find_streams([name])[name]
    leave_over(stream, {**raw, "id": "2"})
    assert len(of_actor(owner, former)) == 2
    delete(name, days_ago(2))
    assert of_actor(owner, former) == []


def leave_over(stream, raw):
    """Write the actor's row alone."""
    from timeseries.directory import actor_versions
    from timeseries.events import parse_event

    placement = place_event(stream, parse_event(raw), {"forever": actor_versions("forever")}, MIDNIGHT)
    request = placement.insert_by_actor(session.write_time_us())
    session.write(request.cql, request.values)


def test_a_stream_goes_with_all_that_is_known_of_it(make_stream, owner, delete, monkeypatch):
    name, actor = make_stream(), unique()
    services.declare_lookup(owner, name, name="n", field="payload.n")
    stored(services.append_events(owner, name, [event(days_ago(age), actor) for age in range(3)]))
    services.declare_schema(owner, name, {"fields": {"n": "int"}})
    services.put_column_rules(owner, name, RULES)
    tallies.flush()
    stream = find_streams([name])[name]
    assert len(session.read(LISTED, (name,))) == 3
    delete(name, whole=True)
    with pytest.raises(Conflict, match="being deleted"):
        services.append_events(owner, name, [event(days_ago(1))])
    deletions.delete_stream(stream)
    deletions.finish_deletion(name, declarations.deletions_of([name], fresh=True)[name][0].id)
    with pytest.raises(NotFound):
        selectors.stream_by_name(owner, name)
    with pytest.raises(Conflict, match="its name is free"):
        services.create_stream(owner, name=name, retention="forever")
    monkeypatch.setattr(declarations, "NAME_HELD", timedelta(0))
    services.create_stream(owner, name=name, retention="forever", actor_may_read=True)
    forget_everything()
    anew = find_streams([name])[name]
    assert (events_of(owner, name), of_actor(owner, actor)) == ([], [])
    assert selectors.stream_schema(owner, name).version == 0
    assert (seen_fields(anew), selectors.stream_usage(owner, name)) == (([], 0), {})
    assert session.read(LISTED, (name,)) == []
    assert lookups_of(name, fresh=True) == ()
    assert session.read("SELECT rules FROM column_rules WHERE directory = 0 AND stream = ?", (name,)) == []
    assert session.read("SELECT * FROM usage_by_stream WHERE stream = ? AND made = ?", key_of(stream)) == []
    stored(services.append_events(owner, name, [event(days_ago(1), actor)]))
    assert len(events_of(owner, name)) == len(of_actor(owner, actor)) == 1


def test_emptied_buckets_that_no_process_remembers_leave_the_list(make_stream, owner, delete):
    name = make_stream()
    stored(services.append_events(owner, name, [event(days_ago(1))]))
    stream, later_us = find_streams([name])[name], session.write_time_us() + 2 * deletions.FORGOTTEN_US
    delete(name, days_ago(2))
    assert deletions.count_parts(stream, Window()) == 2, "just listed: some process may think it still is"
    delete(name, days_ago(2), deleted_us=later_us)
    assert deletions.count_parts(stream, Window()) == 0


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"start": None, "end": None, "whole": False}, "from"),
        ({"start": MIDNIGHT, "end": None, "whole": True}, "whole"),
        ({"start": MIDNIGHT, "end": MIDNIGHT, "whole": False}, "to"),
    ],
)
def test_what_is_to_be_deleted_is_said_plainly(asked, path):
    with pytest.raises(InvalidInput) as refusal:
        deletions.window_of(**asked)
    assert refusal.value.path == path


def test_only_who_may_change_a_stream_deletes(make_stream, owner, stranger, delete):
    name = make_stream(readers=[stranger.user_id])
    with pytest.raises(PermissionRefused):
        delete(name, days_ago(1), principal=stranger)
