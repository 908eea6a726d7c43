"""Scans on the real store: plans, pages, positions, and what is picked on the way."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

import native
from core.errors import InvalidInput
from formats import PageValues
from timeseries import services
from timeseries.scan import DONE, Page, Slice, Wanted, plan_slices, scan
from timeseries.scan.plans import token_of, whole_ranges

from .conftest import stored

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FIELDS = ("id", "stream", "actor", "kind", "level", "client_id", "payload", "written", "ttl_s")


@pytest.fixture
def full_stream(owner, make_stream):
    """A stream of sixty events in three days of two shards each."""
    name = make_stream(peak_rate=1.0)
    events = [
        {"time": (NOON + DAY * (number % 3) + timedelta(seconds=number)).isoformat(), "payload": {"n": number}}
        for number in range(60)
    ]
    stored(services.append_events(owner, name, events))
    return name


@pytest.fixture(params=[native.COMPILED, native.PORTABLE])
def kind(request):
    """Both ways in turn."""
    native.choose("yes" if request.param == native.COMPILED else "no")
    yield request.param
    native.choose("auto")


def numbers(pages):
    """The numbers of the kept rows' payloads."""
    return sorted(payload["n"] for page in pages for payload in PageValues(page).payloads)


def test_a_plan_holds_each_listed_partition_once_in_order_of_tokens(full_stream, make_stream):
    plan = plan_slices([full_stream, make_stream(), "test-not-there"], slices=4)
    keys = [key for part in plan for key in part.partitions or ()]
    assert len(plan) <= 4
    assert {key[1] for key in keys} == {int((NOON + DAY * n).timestamp()) // 86400 * 86400 for n in range(3)}
    assert len(keys) == len(set(keys)) >= 3
    assert [token_of(key) for key in keys] == sorted(token_of(key) for key in keys)
    assert all(part.low < token_of(key) <= part.high for part in plan for key in part.partitions or ())
    assert [Slice.from_json(orjson.loads(orjson.dumps(part.as_json()))) for part in plan] == plan


def test_a_time_range_is_pruned_to_its_buckets_and_to_the_microsecond(full_stream, kind):
    start, end = NOON + DAY, NOON + DAY + timedelta(seconds=31)
    plan = plan_slices([full_stream], start=start, end=end)
    assert len({key[1] for part in plan for key in part.partitions or ()}) == 1
    pages = list(scan(plan, Wanted(("payload",), start=start, end=end)))
    assert numbers(pages) == [1, 4, 7, 10, 13, 16, 19, 22, 25, 28]


def test_whole_ranges_pick_streams_and_times_as_they_are_read(full_stream, make_stream, owner, kind):
    other = make_stream()
    stored(services.append_events(owner, other, [{"time": NOON.isoformat(), "payload": {"n": -1}}]))
    wanted = Wanted(("payload",), start=NOON, end=NOON + DAY, streams=[full_stream])
    pages = list(scan(whole_ranges(3), wanted))
    assert numbers(pages) == list(range(0, 60, 3))
    assert sum(page.rows for page in pages) == 20
    assert [page.slice for page in pages if page.is_last] == sorted(
        range(12), key=[p.slice for p in pages if p.is_last].index
    )


@pytest.mark.parametrize("plan_of", [lambda name: plan_slices([name], slices=2), lambda name: whole_ranges(2)])
def test_a_scan_goes_on_from_any_page_in_another_session(full_stream, plan_of, kind):
    from timeseries.scan import session

    plan, wanted = plan_of(full_stream), Wanted(FIELDS, streams=[full_stream])
    whole = numbers(scan(plan, wanted, page_rows=20))
    assert whole == list(range(60))
    positions: dict[int, bytes] = {}
    taken: list[Page] = []
    while any(positions.get(number) != DONE for number in range(len(plan))):
        for page in scan(plan, wanted, positions=positions, page_rows=20):
            taken.append(page)
            positions[page.slice] = page.position
            if page.rows:
                break
        if len(taken) == 2:
            session.close()
    assert numbers(taken) == whole


def test_the_columns_are_those_asked_for(full_stream, kind):
    plan = plan_slices([full_stream], slices=1)
    (page, *_) = scan(plan, Wanted(("time", "ttl_s", "written")))
    assert page.columns == ("id", "written", "ttl_s")
    values = PageValues(page)
    assert set(values.column("ttl_s")) == {None}
    assert all(abs(written / 1e6 - datetime.now(UTC).timestamp()) < 3600 for written in values.column("written"))
    assert page.kind == kind
    with pytest.raises(InvalidInput, match="no column"):
        Wanted(("stream", "stremm"))


def test_what_was_written_before_is_not_picked(full_stream, kind):
    plan = plan_slices([full_stream], slices=1)
    assert numbers(scan(plan, Wanted(("payload",), written_from=datetime.now(UTC) + DAY))) == []
    assert len(numbers(scan(plan, Wanted(("payload",), written_from=datetime.now(UTC) - DAY)))) == 60


def test_a_scan_stops_when_it_is_told_to(full_stream):
    answers = iter([False, False, True])
    pages = scan(plan_slices([full_stream], slices=1), Wanted(("payload",)), page_rows=5, stop=lambda: next(answers))
    assert len(list(pages)) == 2


@pytest.mark.parametrize("position", [b"P\x00\x00\x00\x63", b"Tstate", b"P", b"nonsense"])
def test_a_position_of_another_scan_is_refused(full_stream, position):
    with pytest.raises(InvalidInput, match="not a position"):
        list(scan(plan_slices([full_stream], slices=1), Wanted(("id",)), positions={0: position}))


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"retention": "days9", "low": 0, "high": 1, "partitions": None},
        {"retention": "days7", "low": "0", "high": 1, "partitions": None},
        {"retention": "days7", "low": 0, "high": 1, "partitions": [["s", "1", 0]]},
    ],
)
def test_what_is_no_slice_is_refused(raw):
    with pytest.raises(InvalidInput):
        Slice.from_json(raw)
