"""Lookups: found is what plain Python finds, whatever was replaced, lost, or stored before the lookup was declared."""

from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Conflict, InvalidInput, NotFound, OutcomeUnknown, PermissionRefused, UnsupportedQuery
from core.principals import Principal
from timeseries import lookups, selectors, services, session
from timeseries.filters import Condition, Filters
from timeseries.lookup_directory import forget_lookups, lookups_of
from timeseries.memory import forget_everything
from timeseries.services import deletions, writing
from timeseries.services.lookup_filling import list_partition, partitions_to_list
from timeseries.services.lookups import finish_lookup, lookup_by_name

from .conditions import VERSIONS, meets, several, some_events
from .conftest import days_ago, events_of, stored
from .test_filtered_reads import EXAMPLES, follow

OWNER = Principal(uuid4())
_made: list[str] = []


@pytest.fixture
def owner():
    return OWNER


def fill(name, lookup):
    """Do what the job does."""
    found = lookup_by_name(name, lookup)
    for _, partition in partitions_to_list(name, None):
        assert sum(list_partition(found, partition)) >= 0
    finish_lookup(found)


def declare(name, **fields):
    for lookup, field in fields.items():
        services.declare_lookup(OWNER, name, name=lookup, field=field)


def equal(field, *values):
    return Filters((Condition(field, "in", values),))


def found_by(owner, name, filters, **options):
    found, _ = follow(lambda **page: selectors.filtered_by_stream(owner, name, filters, limit=10, **options, **page))
    return found


@pytest.fixture
def looked_up(make_stream, owner):
    """A stream with three lookups: half of its events came before them, a quarter was replaced; made once."""
    if not _made:
        name = make_stream(retention="forever", peak_rate=5.0, versions=VERSIONS)
        raw = some_events(200)
        stored(services.append_events(owner, name, raw[:100]))
        declare(name, status="payload.status", tags="payload.tags", kind="kind")
        others = [
            {**each, "time": event["time"], "id": event["id"]}
            for each, event in zip(some_events(50, seed=8), raw[75:125], strict=True)
        ]
        stored(services.append_events(owner, name, raw[100:]))
        for lookup in ("status", "tags", "kind"):
            fill(name, lookup)
        stored(services.append_events(owner, name, others))
        _made.append(name)
    forget_everything()
    return _made[0], list(selectors.scan_events(owner, _made[0], newest_first=True))


def test_what_is_found_by_lookup_is_what_plain_python_finds(looked_up, owner):
    name, events = looked_up
    equality = st.one_of(
        st.sampled_from([200, 404, 500, "500", True, "none"]).map(
            lambda value: Condition("payload.status", "eq", value)
        ),
        st.lists(st.sampled_from(["a", "b", 3, "none"]), min_size=1).map(
            lambda found: Condition("payload.tags", "in", tuple(found))
        ),
        st.sampled_from(["pay", "none"]).map(lambda value: Condition("kind", "eq", value)),
    )

    @settings(EXAMPLES, max_examples=12)
    @given(equality, several, st.booleans(), st.sampled_from([40, 200_000]))
    def check(first, rest, newest_first, max_examined):
        for filters in (Filters((first,)), Filters((*rest.conditions, first))):
            wanted = [event for event in (events if newest_first else events[::-1]) if meets(event, filters)]
            options = {"newest_first": newest_first, "max_examined": max_examined}
            assert found_by(owner, name, filters, **options) == wanted
            start, end = events[150].time, events[50].time
            part = [event for event in wanted if start <= event.time < end]
            assert found_by(owner, name, filters, start=start, end=end, **options) == part

    check()


def test_a_lookup_reads_no_partition_of_the_stream_but_those_of_its_events(looked_up, owner, reads):
    name, _ = looked_up
    forget_everything()
    (event,) = [each for each in events_of(owner, name) if each.client_id == "7"]
    reads.clear()
    selectors.filtered_by_stream(owner, name, equal("payload.status", "none"))
    sent = [getattr(statement, "query_string", "") for statement, _ in reads]
    assert not [cql for cql in sent if "events_by_stream" in cql or "buckets_by_stream" in cql]
    assert event


def test_without_a_range_it_is_said_what_there_is(make_stream, owner):
    name = make_stream()
    declare(name, request="payload.request_id")
    with pytest.raises(UnsupportedQuery, match="'request' of payload.request_id is building"):
        selectors.filtered_by_stream(owner, name, equal("payload.request_id", "a"))
    fill(name, "request")
    assert selectors.filtered_by_stream(owner, name, equal("payload.request_id", "a")).events == []
    with pytest.raises(UnsupportedQuery, match=r"payload\.request_id, which has the lookup 'request'"):
        selectors.filtered_by_stream(owner, name, equal("payload.ip", "a"))


def test_rows_are_acknowledged_before_the_event_and_one_sent_again_heals(make_stream, owner, monkeypatch):
    name = make_stream()
    declare(name, request="payload.request_id")
    fill(name, "request")
    raw = [{"time": days_ago(1), "id": "1", "payload": {"request_id": "a"}}]

    def losing(batches):
        batches = list(batches)
        lost = OutcomeUnknown("lost", store="timeseries")
        kept = iter(real([batch for batch in batches if "by_lookup" not in batch.cql]))
        return [lost if "by_lookup" in batch.cql else next(kept) for batch in batches]

    real = session.write_batches
    with monkeypatch.context() as patch:
        patch.setattr(writing, "write_batches", losing)
        assert [each.status for each in services.append_events(owner, name, raw)] == ["unknown"]
    assert events_of(owner, name) == []
    ids = stored(services.append_events(owner, name, raw))
    found = selectors.filtered_by_stream(owner, name, equal("payload.request_id", "a"))
    assert [event.id for event in found.events] == ids


def test_many_values_long_ones_and_hidden_ones(make_stream, owner):
    name = make_stream(retention="days7")
    declare(name, tags="payload.tags")
    many, long = list(range(60)), "ü" * 500
    raw = [{"time": days_ago(1), "id": str(n), "payload": {"tags": tags}} for n, tags in enumerate([many, [long], [7]])]
    stored(services.append_events(owner, name, raw))
    fill(name, "tags")
    for value, wanted in ((59, {"0"}), (7, {"0", "2"}), (long, {"1"}), (long + "x", set())):
        found = selectors.filtered_by_stream(owner, name, equal("payload.tags", value)).events
        assert {event.client_id for event in found} == wanted


def test_who_does_not_know_a_lookup_yet_writes_without_and_the_filling_finds_it(make_stream, owner, monkeypatch):
    name = make_stream()
    assert lookups_of(name) == ()
    forgotten = lookups_of.__globals__["_lookups"]
    remembered = dict(forgotten._entries)
    declare(name, request="payload.request_id")
    forgotten._entries.update(remembered)  # this process is one that read before the declaration
    stored(services.append_events(owner, name, [{"time": days_ago(1), "payload": {"request_id": "a"}}]))
    forget_lookups(name)
    fill(name, "request")
    assert len(selectors.filtered_by_stream(owner, name, equal("payload.request_id", "a")).events) == 1
    assert lookups.SETTLING.total_seconds() > lookups.LOOKUPS_AGE_S + 3 * 12


def test_declaring_again_changing_and_deleting(make_stream, owner, stranger):
    name = make_stream()
    first, is_new = services.declare_lookup(owner, name, name="a", field="kind")
    assert is_new
    assert services.declare_lookup(owner, name, name="a", field="kind") == (first, False)
    for lookup, field in (("a", "client_id"), ("b", "kind")):
        with pytest.raises(Conflict):
            services.declare_lookup(owner, name, name=lookup, field=field)
    with pytest.raises(InvalidInput):
        services.declare_lookup(owner, name, name="b", field="level")
    with pytest.raises(NotFound):
        services.delete_lookup(stranger, name, "a")
    services.delete_lookup(owner, name, "a")
    with pytest.raises(NotFound):
        services.delete_lookup(owner, name, "a")
    with pytest.raises(Conflict, match="just now"):
        services.declare_lookup(owner, name, name="a", field="kind")


def test_a_deleted_lookup_is_written_a_while_longer_and_then_its_name_is_free(make_stream, owner, monkeypatch):
    name = make_stream()
    declare(name, a="kind")
    fill(name, "a")
    (before,) = lookups_of(name, fresh=True)
    services.delete_lookup(owner, name, "a")
    stored(services.append_events(owner, name, [{"time": days_ago(1), "kind": "pay"}]))
    (lookup,) = lookups_of(name, fresh=True)
    assert lookup.deleted
    assert lookup.is_written(lookup.deleted)
    assert not lookup.is_written(lookup.deleted + lookups.SETTLING)
    with monkeypatch.context() as patch:  # a reader that still remembers it finds what came since
        patch.setattr("timeseries.selectors.lookups.lookups_of", lambda stream: (before,))
        assert len(selectors.filtered_by_stream(owner, name, equal("kind", "pay")).events) == 1
    monkeypatch.setattr(lookups, "SETTLING", lookups.SETTLING * 0)
    again, is_new = services.declare_lookup(owner, name, name="a", field="client_id")
    assert (is_new, again.id == lookup.id, again.is_ready) == (True, False, False)


def test_readers_do_not_declare(make_stream, owner, stranger):
    name = make_stream(readers=[stranger.user_id])
    with pytest.raises(PermissionRefused):
        services.declare_lookup(stranger, name, name="a", field="kind")


def test_with_its_events_a_deletion_takes_what_lists_them_and_with_the_stream_its_lookups(make_stream, owner):
    name = make_stream()
    declare(name, tags="payload.tags")
    fill(name, "tags")
    raw = [{"time": days_ago(n), "id": str(n), "payload": {"tags": ["a", n]}} for n in (1, 3)]
    ids = stored(services.append_events(owner, name, raw))
    (lookup,) = lookups_of(name, fresh=True)
    window = deletions.window_of(None, days_ago(2), whole=False)
    stream = deletions.begin_deletion(owner, name, window, deletion_id=uuid4(), whole=False)
    assert stream
    assert len(list(deletions.delete_parts(stream, window, session.write_time_us()))) > 0
    assert [event.id for event in selectors.filtered_by_stream(owner, name, equal("payload.tags", "a")).events] == ids[
        :1
    ]
    listed = "SELECT id FROM events_by_lookup_forever WHERE stream = ? AND lookup = ? AND value = ?"
    assert session.read(listed, (name, lookup.id, "t:a")) == [(ids[0],)]
    assert session.read(listed, (name, lookup.id, "n:3")) == []
    deletions.delete_stream(stream)
    assert lookups_of(name) == ()
