from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from core.ids import FIRST_ID, LAST_ID, derive_id, id_at, ids_between, new_id, span_of_ids

TIMES = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))


def test_new_ids_are_version_7_and_ascend():
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert {one.version for one in ids} == {7}


@given(TIMES, st.binary(), st.binary())
def test_derived_ids_are_a_function_of_their_parts(when, one, other):
    made = derive_id(when, one, other)
    assert made == derive_id(when, one, other)
    assert (made.version, made.variant) == (7, RFC_4122)


@given(TIMES, TIMES)
def test_derived_ids_follow_the_time(earlier, later):
    earlier, later = sorted((earlier, later))
    if later - earlier > timedelta(milliseconds=1):
        assert derive_id(earlier, b"x") < derive_id(later, b"x")


def test_parts_do_not_run_together():
    when = datetime(2026, 1, 1, tzinfo=UTC)
    assert derive_id(when, b"a", b"bc") != derive_id(when, b"ab", b"c")


def test_times_before_1970_count_as_1970():
    assert derive_id(datetime(1900, 1, 1, tzinfo=UTC), b"x") == derive_id(datetime(1970, 1, 1, tzinfo=UTC), b"x")


@given(TIMES, st.integers(1, 10**9))
def test_ids_of_times_follow_them_to_the_microsecond(when, later_us):
    later = min(when + timedelta(microseconds=later_us), datetime.max.replace(tzinfo=UTC)) if when.year < 9999 else when
    made = id_at(when)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert later == when or made < id_at(later)


@given(TIMES, st.binary())
def test_every_id_of_a_time_is_in_its_span(when, noise):
    least, greatest = span_of_ids(when)
    assert least <= derive_id(when, noise) <= greatest
    assert least <= id_at(when) <= greatest


@given(TIMES, TIMES, TIMES, st.binary())
def test_ids_between_times_are_those_of_what_happened_between(one, other, when, noise):
    start, end = sorted([one, other])
    least, greatest = ids_between(start, end)
    assert not start <= when <= end or least <= derive_id(when, noise) <= greatest
    assert (least, greatest) == (span_of_ids(start)[0], span_of_ids(end)[1])


def test_a_time_that_is_open_bounds_no_ids():
    when = datetime(2026, 1, 31, tzinfo=UTC)
    assert ids_between(None, None) == (UUID(int=0), UUID("f" * 32))
    assert ids_between(when, None) == (span_of_ids(when)[0], LAST_ID)
    assert ids_between(None, when) == (FIRST_ID, span_of_ids(when)[1])
