"""Retention: an event expires at its time plus the class's days, whenever it is sent."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from timeseries.retention import CLASSES, LAST_EXPIRY, MAX_TTL_S, retention_class, ttl_s

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_the_classes():
    assert {name: each.days for name, each in CLASSES.items()} == {
        "days7": 7,
        "days90": 90,
        "days400": 400,
        "forever": None,
    }


@given(st.timedeltas(timedelta(microseconds=1), timedelta(days=4_000)), st.timedeltas(timedelta(0), timedelta(days=1)))
def test_whenever_it_is_sent_it_expires_at_the_same_second(left, later):
    """Cassandra adds the time to live to its whole second of the write."""
    expiry = NOW + left
    for now in (NOW, min(NOW + later, expiry - timedelta(microseconds=1))):
        expires = now.replace(microsecond=0) + timedelta(seconds=ttl_s(expiry, now))
        assert expires == (expiry + timedelta(microseconds=999_999)).replace(microsecond=0)


def test_for_ever_is_no_time_to_live():
    assert ttl_s(retention_class("forever").expiry_of(NOW), NOW) == 0


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(microseconds=1), timedelta(days=9_000)])
def test_an_expired_event_is_refused_and_never_stored_for_ever(ago):
    """A time to live of 0 would mean for ever."""
    with pytest.raises(InvalidInput, match="expired already") as caught:
        ttl_s(NOW - ago, NOW)
    assert caught.value.path == "time"


@pytest.mark.parametrize("expiry", [LAST_EXPIRY + timedelta(seconds=1), NOW + timedelta(seconds=MAX_TTL_S + 1)])
def test_what_cassandra_cannot_hold_is_refused(expiry):
    with pytest.raises(InvalidInput, match="use the class 'forever'"):
        ttl_s(expiry, NOW)


def test_the_last_expiry_is_held():
    assert ttl_s(LAST_EXPIRY, LAST_EXPIRY - timedelta(seconds=5)) == 5


def test_an_unknown_class_names_those_there_are():
    with pytest.raises(InvalidInput, match="days7, days90, days400, forever"):
        retention_class("weekly")
