from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.times import format_time, from_microseconds, parse_time, to_microseconds

TIMES = st.datetimes(timezones=st.just(UTC))


@given(TIMES)
def test_times_survive_text_and_microseconds(when):
    assert parse_time(format_time(when)) == when
    assert from_microseconds(to_microseconds(when)) == when
    assert len(format_time(when)) == 27


@pytest.mark.parametrize("text", ["", "noon", "2026-01-31", "2026-01-31T12:00:00", "2026-13-01T00:00:00Z", "\0"])
def test_what_is_no_time_is_refused_with_the_remedy(text):
    with pytest.raises(InvalidInput, match="is no time: write|has no offset") as refusal:
        parse_time(text, path="from")
    assert refusal.value.path == "from"


def test_offsets_become_utc():
    assert parse_time("2026-01-31T13:00:00+01:00") == datetime(2026, 1, 31, 12, tzinfo=UTC)
    with pytest.raises(InvalidInput):
        parse_time("0001-01-01T00:00:00+01:00")
