"""An event's id: same event, same id; a valid version 1 UUID that holds the time to the microsecond."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from timeseries.identity import (
    GREGORIAN,
    LAST_TIME,
    event_id,
    highest_id,
    lowest_id,
    of_client_id,
    of_content,
    sort_key,
    time_of,
)

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
times = st.datetimes(datetime(1582, 10, 16), datetime(5236, 3, 31), timezones=st.just(UTC))
texts = st.text(min_size=1, max_size=20)


@given(texts, times, texts)
def test_an_id_is_valid_holds_its_time_and_is_the_same_each_time(stream, when, client_id):
    event = event_id(stream, when, of_client_id(client_id))
    assert event == event_id(stream, when, of_client_id(client_id))
    assert (event.version, event.variant) == (1, RFC_4122)
    assert event.node >> 40 & 1, "the multicast bit keeps it apart from real machines' ids"
    assert time_of(event) == when


@given(times, texts, texts, texts)
def test_stream_and_client_id_tell_events_apart(when, stream, one, other):
    here = event_id(stream, when, of_client_id(one))
    assert (here == event_id(stream, when, of_client_id(other))) == (one == other)
    assert here != event_id(stream + "x", when, of_client_id(one))
    assert here != event_id(stream, when + timedelta(microseconds=1), of_client_id(one))


def test_a_known_id_stays_what_it_is():
    """Stored ids depend on it: changing the derivation would duplicate every event that is sent again."""
    assert event_id("s", NOON, of_client_id("e1")) == UUID("5e5d2000-fe9c-11f0-ad2d-dbe08c1b5c46")


def test_contents_are_told_apart_by_their_borders():
    assert of_content("ab", "c", "", "") != of_content("a", "bc", "", "")
    assert of_content("{}", "", "", "") != of_client_id("{}")


def test_the_same_moment_in_another_zone_is_the_same_event():
    there = NOON.astimezone(timezone(timedelta(hours=9)))
    assert event_id("s", there, b"x") == event_id("s", NOON, b"x")


@pytest.mark.parametrize("when", [GREGORIAN, LAST_TIME])
def test_the_first_and_the_last_time_fit(when):
    assert time_of(event_id("s", when, b"x")) == when


@pytest.mark.parametrize(
    "when",
    [
        GREGORIAN - timedelta(microseconds=1),
        LAST_TIME + timedelta(microseconds=1),
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_times_that_no_id_holds_are_refused(when):
    with pytest.raises(InvalidInput, match="between 1582-10-15 and 5236-03-31") as caught:
        event_id("s", when, b"x")
    assert caught.value.path == "time"


@given(times, texts)
def test_bounds_hold_every_event_of_their_microsecond_and_none_of_the_one_before(when, client_id):
    event = sort_key(event_id("s", when, of_client_id(client_id)))
    assert sort_key(lowest_id(when)) < event < sort_key(lowest_id(when + timedelta(microseconds=1)))
    assert event < sort_key(highest_id())


@given(st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=2))
def test_the_low_half_sorts_by_signed_bytes(halves):
    def signed(half):
        return [byte - 256 if byte > 127 else byte for byte in half.to_bytes(8, "big")]

    one, other = (UUID(int=0x1000 << 64 | half) for half in halves)
    assert (sort_key(one) < sort_key(other)) == (signed(halves[0]) < signed(halves[1]))
