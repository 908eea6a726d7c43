"""Counts, histograms and top values: what plain Python counts, whoever counts; too much is refused with how much."""

from collections import Counter
from datetime import UTC, timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.deadlines import Deadline
from core.errors import InvalidInput, NotFound, PermissionRefused, StoreTimeout, TooMuchWork
from core.principals import Principal
from timeseries import selectors, services
from timeseries.comparisons import typed
from timeseries.filters import Condition, Filters
from timeseries.memory import forget_everything
from timeseries.paths import field_values, parse_field
from timeseries.selectors import ranges
from timeseries.selectors.filtering import filter_row

from .conditions import KINDS, LEVELS, VERSIONS, meets, several, some_events
from .conftest import days_ago, stored
from .test_filtered_reads import EXAMPLES

OWNER = Principal(uuid4())
_made: list[str] = []
SHORT = {"1m": 60, "1h": 3_600, "1d": 86_400}
counted = st.builds(
    lambda kind, level: Filters(tuple(each for each in (kind, level) if each)),
    st.none() | st.sampled_from(KINDS).map(lambda kind: Condition("kind", "in", (kind,))),
    st.none() | st.sampled_from(LEVELS[:2]).map(lambda level: Condition("level", "eq", level)),
)


@pytest.fixture
def owner():
    return OWNER


@pytest.fixture
def varied(make_stream, owner):
    """A stream of three layouts, made once, and its events, oldest first."""
    if not _made:
        name = make_stream(retention="forever", peak_rate=5.0, versions=VERSIONS)
        stored(services.append_events(owner, name, some_events(150)))
        _made.append(name)
    forget_everything()
    return _made[0], list(selectors.scan_events(owner, _made[0]))


START, END = days_ago(30), days_ago(-1)


def over(name, filters=None, *, start=START, end=END, max_rows=1_000, **options):
    return selectors.Range(name, start, end, filters or Filters(), max_rows, **options)


def floor(event, width_s):
    return int(event.time.timestamp()) // width_s * width_s


def test_they_are_what_plain_python_counts(varied, owner):
    name, events = varied

    @settings(EXAMPLES, max_examples=25)
    @given(st.one_of(counted, several), st.sampled_from(["1m", "1h", "1d"]), st.integers(0, 149), st.integers(0, 149))
    def check(filters, interval, first, last):
        start, end = sorted((events[first].time, events[last].time + timedelta(microseconds=1)))
        if end - start > timedelta(days=3):
            interval = "1d"
        wanted = [event for event in events if start <= event.time < end and meets(event, filters)]
        asked = over(name, filters, start=start, end=end)
        assert selectors.count_in_range(owner, asked) == len(wanted)
        found = selectors.histogram(owner, asked, interval).counts
        assert {at: count for at, count in found.items() if count} == Counter(
            floor(each, SHORT[interval]) for each in wanted
        )
        starts = list(found)
        assert starts == list(range(starts[0], starts[-1] + 1, SHORT[interval]))
        assert starts[0] <= start.timestamp() < end.timestamp() <= starts[-1] + SHORT[interval]

    check()


@pytest.mark.parametrize("name", ["kind", "payload.status", "payload.tags", "payload.geo.city", "payload.geo"])
def test_top_values_too(varied, owner, name):
    stream, events = varied
    field = parse_field(name)
    filters = Filters((Condition("payload.n", "lt", 120),))
    counter: Counter[object] = Counter()
    present = 0
    for event in events:
        (values,) = field_values([field], filter_row(event))
        keys = {typed(value) for value in values if not isinstance(value, dict)}
        if event.payload["n"] < 120:
            counter.update(keys)
            present += bool(keys)
    top = selectors.top_values(owner, over(stream, filters), field, 3)
    assert (top.count, top.present, top.distinct) == (120, present, len(counter))
    assert sorted((count for _, count in top.values), reverse=True) == [count for _, count in counter.most_common(3)]
    assert all(counter[key] == count for key, count in top.values)
    by_day = selectors.histogram(owner, over(stream, filters), "1d", by=field, limit=3)
    assert by_day.by_value is not None
    assert sum(by_day.by_value.values(), Counter()) == counter
    assert (sum(by_day.counts.values()), by_day.top) == (120, top)


def test_pages_of_a_partition_follow_each_other(varied, owner, monkeypatch):
    name, _ = varied
    monkeypatch.setattr(ranges, "PAYLOAD_PAGE", 2)
    filters = Filters((Condition("payload.n", "gte", 0),))
    assert selectors.count_in_range(owner, over(name, filters)) == 150


def test_numbers_alone_are_counted_by_cassandra_in_one_request_a_partition(varied, owner, reads):
    name, events = varied
    selectors.histogram(owner, over(name), "1d")
    sent = [getattr(statement, "query_string", "") for statement, _ in reads]
    assert not [cql for cql in sent if cql.startswith("SELECT id")]
    partitions = len({(event.time.astimezone(UTC).date(), event.id.int % 2**40) for event in events})
    assert 5 < sum("count(*)" in cql for cql in sent) <= partitions


def test_too_much_is_refused_with_how_much_there_is(make_stream, owner):
    name = make_stream(retention="forever", peak_rate=0.1)
    stored(services.append_events(owner, name, [{"time": days_ago(n % 40), "id": str(n)} for n in range(200)]))
    short = over(name, start=days_ago(60), max_rows=4)
    for filters, max_rows in ((Filters(), 4), (Filters((Condition("client_id", "prefix", "1"),)), 40)):
        with pytest.raises(TooMuchWork, match=r"about 200 events, and one question reads \d+: narrow the range"):
            selectors.count_in_range(owner, over(name, filters, start=days_ago(60), max_rows=max_rows))
    with pytest.raises(TooMuchWork):
        selectors.top_values(owner, short, parse_field("kind"), 1)
    assert selectors.count_in_range(owner, over(name, start=days_ago(60), max_rows=20)) == 200


def test_too_many_partitions_are_refused(varied, owner, monkeypatch):
    monkeypatch.setattr(ranges, "MAX_PARTITIONS", 3)
    with pytest.raises(TooMuchWork, match="or more"):
        selectors.count_in_range(owner, over(varied[0]))


def test_the_deadline_and_the_rights_are_heeded(varied, owner, stranger, make_stream):
    with pytest.raises(StoreTimeout):
        selectors.count_in_range(owner, over(varied[0], deadline=Deadline(0.0)))
    with pytest.raises(NotFound):
        selectors.count_in_range(stranger, over(varied[0]))
    writable = make_stream(writers=[stranger.user_id])
    with pytest.raises(PermissionRefused):
        selectors.histogram(stranger, over(writable))


def test_intervals_suit_the_range_or_are_refused(varied, owner):
    name, _ = varied
    for span, interval in ((timedelta(hours=1), "1m"), (timedelta(days=2), "1h"), (timedelta(days=90), "1d")):
        assert selectors.histogram(owner, over(name, start=days_ago(0) - span, end=days_ago(0))).interval == interval
    with pytest.raises(InvalidInput, match="intervals") as refused:
        selectors.histogram(owner, over(name), "1m")
    assert refused.value.path == "interval"
    assert selectors.histogram(owner, over(name, start=days_ago(1), end=days_ago(2)), "1h").counts == {}
