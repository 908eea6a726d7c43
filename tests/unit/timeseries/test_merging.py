"""Merging partitions, run on an in-memory table: nothing lost, nothing twice, in order, whatever is asked for."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from timeseries.events import Event
from timeseries.identity import event_id, of_client_id, sort_key, time_of
from timeseries.partitions import DAY_S, HOUR_S, MINUTE_S, bucket_of, shard_of
from timeseries.selectors.merging import Merge, Partition
from timeseries.session import Request
from timeseries.windows import Window

START = datetime(2026, 1, 1, tzinfo=UTC)
# What each class of a made-up stream or actor looks like: width and shards. Classes overlap in time, as an actor's do.
LAYOUTS = {"a": (DAY_S, 1), "b": (HOUR_S, 3), "c": (MINUTE_S, 2)}


@dataclass
class Table:
    """What Cassandra would hold, and the reads that were made of it."""

    overlap_s: int = DAY_S
    partitions_: dict[tuple[str, int, int], set[UUID]] = field(default_factory=dict)
    lists: list[tuple[int, str, int, int]] = field(default_factory=list)
    reads: int = 0

    def add(self, name, event):
        width_s, shards = LAYOUTS[name]
        bucket = bucket_of(time_of(event), width_s)
        self.partitions_.setdefault((name, bucket, shard_of(event, shards)), set()).add(event)
        if (bucket, name, width_s, shards) not in self.lists:
            self.lists.append((bucket, name, width_s, shards))

    def list_request(self, window, low, high, limit):
        return Request("list", (window.newest_first, low, high, limit))

    def partitions(self, window, listed):
        bucket, name, width_s, shards = listed
        return [
            Partition(name, (name, bucket, shard), window.frontier(bucket, width_s), window, shards)
            for shard in range(shards)
        ]

    def rows_request(self, partition, limit):
        return Request("rows", (partition.key, partition.window, limit))

    def event(self, partition, row):
        return Event(row[0], "s", time_of(row[0]), None, None, None, None, "{}")

    def answer(self, request):
        if request.cql == "list":
            newest_first, low, high, limit = request.values
            listed = sorted((row for row in self.lists if low < row[0] < high), reverse=newest_first)
            return listed[:limit]
        self.reads += 1
        key, window, limit = request.values
        low, high = (sort_key(bound) for bound in window.ids)
        rows = [(event,) for event in self.partitions_.get(key, ()) if low < sort_key(event) < high]
        return sorted(rows, key=lambda row: window.position(row[0]))[:limit]


def read_all(table, window, page_rows, at_most=10**9, list_rows=64):
    merge = Merge(table, window, page_rows, _list_rows=list_rows)
    found: list[Event] = []
    while not merge.is_done and len(found) < at_most:
        merge.take([table.answer(request) for request in merge.next_requests()])
        found += merge.ready()
    return [event.id for event in found]


moments = st.integers(0, 4 * DAY_S * 10**6).map(lambda count: START + timedelta(microseconds=count))
crowded = st.integers(0, 3 * 10**6).map(lambda count: START + timedelta(days=1, microseconds=count))
events = st.lists(st.tuples(st.sampled_from("abc"), moments | crowded), max_size=60)


@given(
    events,
    st.booleans(),
    st.integers(1, 7),
    st.none() | moments,
    st.none() | moments,
    st.integers(0, 59),
    st.integers(4, 9),
)
@settings(max_examples=400)
def test_a_read_is_what_sorting_everything_gives(rows, newest_first, page_rows, start, end, at, list_rows):
    """A page of the list may end within one start's rows: three classes begin at each midnight."""
    table, ids = Table(), []
    for number, (name, when) in enumerate(rows):
        ids.append(event_id("s", when, of_client_id(str(number))))
        table.add(name, ids[-1])
    after = ids[at] if at < len(ids) else None
    window = Window(start, end, newest_first, after)
    wanted = sorted(
        (
            event
            for event in ids
            if (start is None or time_of(event) >= start)
            and (end is None or time_of(event) < end)
            and (after is None or window.position(event) > window.position(after))
        ),
        key=window.position,
    )
    assert read_all(table, window, page_rows, list_rows=list_rows) == wanted


def test_the_newest_event_of_many_years_is_two_reads():
    table = Table(overlap_s=0)
    for year in range(2000, 2026):
        table.add("a", event_id("s", datetime(year, 6, 1, tzinfo=UTC), b"x"))
    found = read_all(table, Window(), 1, at_most=1)
    assert time_of(found[0]).year == 2025
    assert table.reads == 1


def test_a_list_longer_than_its_page_is_followed_to_the_end():
    table = Table()
    for number in range(400):
        table.add("abc"[number % 3], event_id("s", START + timedelta(minutes=7 * number), b"x"))
    assert len(read_all(table, Window(), 3)) == 400
    assert len(read_all(table, Window(newest_first=False), 3)) == 400


def test_partitions_are_opened_in_growing_waves():
    table = Table(overlap_s=0)
    for number in range(40):
        table.add("a", event_id("s", START + timedelta(days=number), b"x"))
    merge, waves = Merge(table, Window(), 10), []
    while not merge.is_done:
        requests = merge.next_requests()
        waves.append(len(requests))
        merge.take([table.answer(request) for request in requests])
    assert waves == [1, 1, 2, 4, 8, 16, 9]
