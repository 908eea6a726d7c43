import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from timeseries.comparisons import typed
from timeseries.lookups import MAX_KEYS, SEVERAL, check_lookup_field, check_lookup_name, key_of, listed_keys

from .test_filters import SCALARS

NEARLY = st.one_of(
    SCALARS, st.integers(-2, 2), st.sampled_from([0.0, -0.0, 1.0, "1", "true", 2.0**53, 2**53, 2.0**63, 2**63, 1e300])
)


@given(NEARLY, NEARLY)
def test_values_have_one_key_where_they_are_equal_and_else_two(one, other):
    assert (key_of(one) == key_of(other)) is (typed(one) == typed(other))


def test_long_texts_have_short_keys():
    assert len(key_of("ü" * 500) or "") < 100
    assert key_of("a" * 201) != key_of("a" * 202)
    assert key_of("h:1") == "t:h:1"


def test_what_an_event_is_listed_under():
    assert listed_keys(["a", 1, 1.0, {"a": 1}, "a"]) == ["n:1", "t:a"]
    assert listed_keys([]) == []
    assert listed_keys(range(MAX_KEYS)) != [SEVERAL]
    assert listed_keys(range(MAX_KEYS + 1)) == [SEVERAL]
    assert key_of(SEVERAL) != SEVERAL


@pytest.mark.parametrize("name", ["", "A", "1a", "a-b", "a" * 65, "ä"])
def test_wrong_names_are_refused(name):
    with pytest.raises(InvalidInput):
        check_lookup_name(name)


@pytest.mark.parametrize("field", ["actor", "level", "payload", "id", None])
def test_fields_that_need_no_lookup_or_can_have_none(field):
    with pytest.raises(InvalidInput) as refused:
        check_lookup_field(field)
    assert refused.value.path == "field"
