"""Reading what meets conditions: what plain Python finds among all events, in order, whatever cuts the pages short."""

import inspect
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import timeseries
from core.deadlines import Deadline
from core.errors import StoreTimeout, UnsupportedQuery
from core.principals import Principal
from timeseries import range_statements, selectors, services
from timeseries.filters import Condition, Filters
from timeseries.memory import forget_everything
from timeseries.selectors import filtering

from .conditions import VERSIONS, meets, several, some_events
from .conftest import days_ago, stored

EXAMPLES = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
RANGE = {"start": days_ago(30), "end": days_ago(-1)}


@pytest.fixture
def owner():
    return OWNER


OWNER = Principal(uuid4())
_made: list[str] = []


@pytest.fixture
def varied(make_stream, owner):
    """A stream with 200 events, made once, and all of its events, newest first."""
    if not _made:
        name = make_stream(retention="forever", peak_rate=5.0, versions=VERSIONS)
        stored(services.append_events(owner, name, some_events(200)))
        _made.append(name)
    return _made[0], list(selectors.scan_events(owner, _made[0], newest_first=True))


def follow(read):
    """All pages, one after the other."""
    found, after, cuts = [], None, []
    while True:
        page = read(after=after)
        found += page.events
        cuts.append(page.cut_by)
        if page.cut_by is None and len(page.events) < 10:
            return found, cuts
        after = page.resume_after if page.cut_by else page.events[-1].id


def test_pages_have_what_plain_python_finds(varied, owner):
    name, events = varied

    @EXAMPLES
    @given(several, st.booleans(), st.booleans(), st.sampled_from([50, 200_000]))
    def check(filters, newest_first, is_half, max_examined):
        wanted = [event for event in (events if newest_first else events[::-1]) if meets(event, filters)]
        span = {"start": events[150].time, "end": events[50].time} if is_half else RANGE
        options = {**span, "newest_first": newest_first, "limit": 10, "max_examined": max_examined}
        found, _ = follow(lambda **page: selectors.filtered_by_stream(owner, name, filters, **options, **page))
        assert found == [event for event in wanted if span["start"] <= event.time < span["end"]]

    check()


def test_an_actors_pages_too(varied, owner):
    _, events = varied

    @settings(EXAMPLES, max_examples=8)
    @given(several, st.booleans(), st.sampled_from([20, 200_000]))
    def check(filters, newest_first, max_examined):
        wanted = [event for event in (events if newest_first else events[::-1]) if meets(event, filters)]
        options = {**RANGE, "newest_first": newest_first, "limit": 10, "max_examined": max_examined}
        found, _ = follow(lambda **page: selectors.filtered_by_actor(owner, "app:ada", filters, **options, **page))
        assert found == [event for event in wanted if event.actor == "app:ada"]

    check()


@pytest.mark.parametrize("newest_first", [True, False])
def test_what_cassandra_filters_is_the_rest_of_full_partitions(make_stream, owner, reads, newest_first):
    name = make_stream()
    moments = [days_ago(3 - n % 3) for n in range(300)]
    raw = [{"time": at, "id": str(n), "kind": "rare" if n > 295 else "often"} for n, at in enumerate(moments)]
    stored(services.append_events(owner, name, raw))
    filters = Filters((Condition("kind", "in", ("rare",)), Condition("client_id", "ne", "296")))
    options = {**RANGE, "limit": 10, "newest_first": newest_first}
    found = selectors.filtered_by_stream(owner, name, filters, **options)
    assert sorted(event.client_id or "" for event in found.events) == ["297", "298", "299"]
    sent = [getattr(statement, "query_string", "") for statement, _ in reads]
    assert (
        sum("ALLOW FILTERING" in cql for cql in sent) == 2
    )  # of the first day's two shards, then first reads are larger
    assert found.examined < 300


def test_a_page_cut_by_work_says_so_and_goes_on(make_stream, owner):
    name = make_stream()
    stored(services.append_events(owner, name, [{"time": days_ago(n % 9), "id": str(n)} for n in range(180)]))
    nothing = Filters((Condition("client_id", "prefix", "x"),))
    found, cuts = follow(
        lambda **page: selectors.filtered_by_stream(owner, name, nothing, **RANGE, max_examined=40, **page)
    )
    assert (found, cuts[-1]) == ([], None)
    assert set(cuts[:-1]) == {"work"}
    assert 2 < len(cuts) < 9


def test_a_deadline_cuts_what_has_begun_and_fails_what_has_not(varied, owner):
    name, _ = varied

    class Spent(Deadline):
        def remaining_s(self):
            return 4.9

    nothing = Filters((Condition("client_id", "prefix", "x"),))
    cut = selectors.filtered_by_stream(owner, name, nothing, **RANGE, deadline=Spent(10.0))
    assert cut.cut_by == "deadline"
    assert cut.resume_after
    with pytest.raises(StoreTimeout):
        selectors.filtered_by_stream(owner, name, nothing, **RANGE, deadline=Deadline(0.0))


def test_conditions_need_a_range(varied, owner):
    filters = Filters((Condition("payload.ip", "eq", "10.0.0.1"),))
    for missing, given_ in (("from", "end"), ("to", "start")):
        for read in (selectors.filtered_by_stream, selectors.filtered_by_actor):
            subject = varied[0] if read is selectors.filtered_by_stream else "app:ada"
            with pytest.raises(UnsupportedQuery, match="range") as refused:
                read(owner, subject, filters, **{given_: RANGE[given_]})
            assert refused.value.path == missing


def test_cassandra_filters_nowhere_but_inside_one_whole_partition():
    sources = list(Path(inspect.getfile(timeseries)).parent.rglob("*.py"))
    bearers = {
        path.stem: text.count("ALLOW FILTERING") for path in sources if "ALLOW FILTERING" in (text := path.read_text())
    }
    # In the other two it is Cassandra's own words that are recognised, and a promise.
    assert bearers == {"range_statements": 3, "failures": 1, "mapper": 1}
    for newest_first in (True, False):
        cql = range_statements.filtered_rows("days7", ("kind", "level"), newest_first=newest_first)
        assert "WHERE stream = ? AND bucket = ? AND shard = ? AND id > ? AND id < ? AND kind = ? AND level = ?" in cql
    partition = "WHERE stream = ? AND bucket = ? AND shard = ? AND id > ? AND id < ? AND level = ? ALLOW FILTERING"
    assert range_statements.count_rows("days7", ("level",)).endswith(partition)
    with pytest.raises(ValueError, match="not in tuple"):
        range_statements.filtered_rows("days7", ("payload",), newest_first=True)


@pytest.fixture(autouse=True)
def memory(monkeypatch):
    monkeypatch.setattr(filtering, "RESOLVED_AT_ONCE", 7)  # so that pages are cut amid what was read
    forget_everything()
