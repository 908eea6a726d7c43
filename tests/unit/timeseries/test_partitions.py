"""Partitions: every event in exactly one, of a size that a read and a node both bear; settings by day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import InvalidInput
from timeseries.identity import event_id, of_client_id
from timeseries.partitions import (
    BEGINNING,
    DAY_S,
    HOUR_S,
    MAX_ACTOR_RATE,
    MAX_PEAK_RATE,
    MAX_ROWS,
    MIN_ROWS,
    MINUTE_S,
    WIDTHS_S,
    Layout,
    bucket_end,
    bucket_of,
    check_valid_from,
    choose_actor_groups,
    choose_actor_layout,
    choose_layout,
    lane_of,
    shard_of,
    version_at,
)
from timeseries.streams import ActorSettings

times = st.datetimes(datetime(1582, 10, 16), datetime(5236, 3, 30), timezones=st.just(UTC))
SECOND = timedelta(seconds=1)


@given(st.floats(min_value=1e-9, max_value=MAX_PEAK_RATE))
def test_a_partition_holds_25k_to_50k_rows_at_the_peak(peak_rate):
    layout = choose_layout(peak_rate)
    rows = peak_rate * layout.width_s / layout.shards
    assert rows <= MAX_ROWS * (1 + 1e-9)
    if peak_rate * DAY_S >= MIN_ROWS:
        assert rows >= MIN_ROWS * (1 - 1e-9)
    else:
        assert layout == Layout(DAY_S, 1)


@given(st.floats(min_value=1e-9, max_value=MAX_PEAK_RATE))
def test_shards_fit_their_column_and_stay_few_below_the_narrowest_bucket(peak_rate):
    layout = choose_layout(peak_rate)
    assert layout.width_s in WIDTHS_S
    assert layout.shards <= (32_767 if layout.width_s == MINUTE_S else 30)


@pytest.mark.parametrize(
    ("peak_rate", "layout"),
    [
        (0.001, Layout(DAY_S, 1)),
        (1, Layout(DAY_S, 2)),
        (6.9, Layout(DAY_S, 12)),
        (7, Layout(HOUR_S, 1)),
        (400, Layout(HOUR_S, 29)),
        (1_000, Layout(MINUTE_S, 2)),
        (100_000, Layout(MINUTE_S, 120)),
    ],
)
def test_known_layouts(peak_rate, layout):
    assert choose_layout(peak_rate) == layout


@pytest.mark.parametrize("peak_rate", [0, -1, float("nan"), float("inf"), MAX_PEAK_RATE * 1.01])
@pytest.mark.parametrize("choose", [choose_layout, choose_actor_layout, choose_actor_groups])
def test_rates_that_mean_nothing_are_refused(choose, peak_rate):
    with pytest.raises(InvalidInput, match="peak rate must be above 0"):
        choose(peak_rate)


@given(times, st.sampled_from(WIDTHS_S))
def test_a_time_lies_in_exactly_one_bucket(when, width_s):
    bucket = bucket_of(when, width_s)
    assert bucket % width_s == 0
    assert bucket_end(bucket, width_s) - width_s * SECOND <= when < bucket_end(bucket, width_s)


@given(times)
def test_no_bucket_crosses_a_utc_day_so_that_settings_may_change_there(when):
    day = bucket_of(when, DAY_S)
    for width_s in WIDTHS_S:
        bucket = bucket_of(when, width_s)
        assert day <= bucket
        assert bucket + width_s <= day + DAY_S


def test_shards_share_evenly():
    counts = [0] * 12
    for number in range(12_000):
        counts[shard_of(event_id("s", datetime(2026, 1, 1, tzinfo=UTC), of_client_id(str(number))), 12)] += 1
    assert min(counts) > 850
    assert max(counts) < 1_150


@given(st.text(min_size=1, max_size=40), st.integers(1, 32_767))
def test_an_actor_has_one_lane_of_its_group_or_its_own(actor, groups):
    number, of = lane_of(actor, groups).split("/")
    assert 0 <= int(number) < int(of) == groups
    assert lane_of(actor, groups) == lane_of(actor, groups)
    assert lane_of(actor, 0) == f"actor:{actor}"


def test_no_actor_can_take_the_name_of_a_shared_lane():
    assert lane_of("3/64", 0) != "3/64"


@given(st.floats(min_value=1e-9, max_value=MAX_ACTOR_RATE))
def test_a_hot_actors_bucket_stays_within_bounds(peak_rate):
    layout = choose_actor_layout(peak_rate)
    assert layout.shards == 0
    assert peak_rate * layout.width_s <= MAX_ROWS * (1 + 1e-9)


@given(st.floats(min_value=1e-9, max_value=15_000))
def test_ordinary_actors_share_lanes_within_bounds(peak_rate):
    layout = choose_actor_groups(peak_rate)
    assert peak_rate * layout.width_s / layout.shards <= MAX_ROWS * (1 + 1e-9)
    assert layout.shards <= 32_767


@given(st.sets(st.dates(date(1583, 1, 1), date(5000, 1, 1)), max_size=6), times)
def test_the_latest_settings_that_have_begun_hold(days, when):
    versions = [ActorSettings(day, Layout(DAY_S, at + 1)) for at, day in enumerate([BEGINNING, *sorted(days)])]
    begun = [version for version in versions if version.valid_from <= when.date()]
    assert version_at(versions, when) == begun[-1]


@given(times, st.sets(st.dates(date(1583, 1, 1), date(5000, 1, 1)), min_size=1, max_size=3))
def test_settings_change_at_midnight_utc_exactly(when, days):
    versions = [ActorSettings(day, Layout(DAY_S, 1)) for day in [BEGINNING, *sorted(days)]]
    midnight = datetime.combine(versions[1].valid_from, datetime.min.time(), UTC)
    assume(len(versions) == 2)
    assert version_at(versions, midnight) == versions[1]
    assert version_at(versions, midnight - timedelta(microseconds=1)) == versions[0]


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (datetime(2026, 1, 30, 12, tzinfo=UTC), date(2026, 1, 31)),
        (datetime(2026, 1, 30, 22, 59, 59, tzinfo=UTC), date(2026, 1, 31)),
        (datetime(2026, 1, 30, 23, 30, tzinfo=UTC), date(2026, 2, 1)),
    ],
)
def test_settings_start_on_a_day_to_come_that_every_process_learns_of_in_time(now, first):
    check_valid_from(first, now)
    with pytest.raises(InvalidInput, match=f"{first} at the earliest"):
        check_valid_from(first - timedelta(days=1), now)
