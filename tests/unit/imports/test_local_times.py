"""Times of files as UTC: formats, zones, clocks that jump, and years that lines do not have."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from imports.local_times import LocalClock, zone_by_name

SYSLOG = "%b %d %H:%M:%S"


def clock(zone="UTC", **options):
    return LocalClock(zone_by_name(zone), **options)


def read_all(reader, *texts):
    return [reader.read(text, SYSLOG, lacks_year=True) for text in texts]


@pytest.mark.parametrize(
    ("text", "time_format", "moment"),
    [
        ("2026-01-31T12:00:00.000001Z", "iso", datetime(2026, 1, 31, 12, 0, 0, 1, tzinfo=UTC)),
        ("2026-01-31 12:00:00+02:00", "iso", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("-1", "epoch_s", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("1500", "epoch_ms", datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)),
        ("1000001", "epoch_us", datetime(1970, 1, 1, 0, 0, 1, 1, tzinfo=UTC)),
        ("19970101", "%Y%m%d", datetime(1997, 1, 1, tzinfo=UTC)),
        ("1997-01-01 +0100", "%Y-%m-%d %z", datetime(1996, 12, 31, 23, tzinfo=UTC)),
    ],
)
def test_formats(text, time_format, moment):
    assert clock().read(text, time_format) == moment


@pytest.mark.parametrize(
    ("text", "time_format"),
    [
        ("yesterday", "iso"),
        ("2026-02-30", "iso"),
        ("", "iso"),
        ("1e3", "epoch_s"),
        ("9" * 30, "epoch_s"),
        ("9" * 5000, "epoch_us"),
        ("0001-01-01T00:00:00+02:00", "iso"),
        ("19970230", "%Y%m%d"),
        ("1997", "%Y%m%d"),
        ("1997\0", "%Y"),
        ("x", "%Q"),
    ],
)
def test_what_is_no_time_is_refused(text, time_format):
    with pytest.raises(InvalidInput, match="is no time of the form"):
        clock().read(text, time_format)


def test_times_without_offset_are_of_the_zone():
    assert clock("Europe/Berlin").read("2026-07-01T12:00:00", "iso") == datetime(2026, 7, 1, 10, tzinfo=UTC)


def test_time_that_comes_twice_is_the_first():
    assert clock("Europe/Berlin").read("2026-10-25T02:30:00", "iso") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_time_that_never_was_is_refused():
    with pytest.raises(InvalidInput, match="2026-03-29 02:30:00 never was in Europe/Berlin"):
        clock("Europe/Berlin").read("2026-03-29T02:30:00", "iso")


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "Europe", "", "CEST", "a\0b"])
def test_unknown_zone_is_refused(name):
    with pytest.raises(InvalidInput, match="there is no time zone"):
        zone_by_name(name)


def test_lines_without_year_need_one():
    with pytest.raises(InvalidInput, match="give it with --year"):
        clock().read("Dec 10 06:55:46", SYSLOG, lacks_year=True)


@pytest.mark.parametrize("year", [0, 10_000, -1])
def test_year_has_bounds(year):
    with pytest.raises(InvalidInput, match="is not between 1 and 9999"):
        clock(year=year)


def test_without_roll_over_every_line_is_of_the_year_and_a_jump_is_counted():
    reader = clock(year=2015)
    moments = read_all(reader, "Dec 31 23:59:59", "Jan  1 00:00:01", "Jan  2 00:00:00")
    assert [moment.year for moment in moments] == [2015, 2015, 2015]
    assert reader.jumps == 1


def test_roll_over_raises_the_year_and_takes_a_late_line_back():
    reader = clock(year=2015, roll_over=True)
    texts = [
        "Dec 31 23:59:59",
        "Jan 1 00:00:01",
        "Dec 31 23:59:58",
        "Jan 1 00:00:02",
        "Jul 1 00:00:00",
        "Dec 1 00:00:00",
    ]
    moments = read_all(reader, *texts, "Jan 5 00:00:00")
    assert [moment.year for moment in moments] == [2015, 2016, 2015, 2016, 2016, 2016, 2017]
    assert reader.jumps == 0


def test_29_february_is_taken_in_years_that_have_it():
    assert read_all(clock(year=2016), "Feb 29 12:00:00")[0].year == 2016
    with pytest.raises(InvalidInput, match="is no time"):
        read_all(clock(year=2015), "Feb 29 12:00:00")
    reader = clock(year=2015, roll_over=True)
    assert [moment.year for moment in read_all(reader, "Dec 1 00:00:00", "Feb 29 00:00:00")] == [2015, 2016]


@given(
    steps=st.lists(st.integers(min_value=0, max_value=180 * 86_400), max_size=30),
    start=st.datetimes(datetime(1990, 1, 1), datetime(2020, 1, 1)),
)
def test_roll_over_finds_every_year_of_a_log_without_gaps_of_half_a_year(steps, start):
    moments = [start.replace(microsecond=0, tzinfo=UTC).timestamp()]
    for step in steps:
        moments.append(moments[-1] + step)
    wanted = [datetime.fromtimestamp(moment, UTC) for moment in moments]
    reader = clock(year=wanted[0].year, roll_over=True)
    assert read_all(reader, *(moment.strftime(SYSLOG) for moment in wanted)) == wanted
