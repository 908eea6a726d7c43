import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput, UnsupportedQuery
from timeseries.filters import Condition, Filters, read_condition, read_filters

PAYLOAD = {
    "status": 500,
    "load": 0.5,
    "whole": 500.0,
    "ip": "10.0.0.7",
    "code": "00500",
    "ok": True,
    "none": None,
    "empty": [],
    "tags": ["a", 1, ["b"]],
    "lines": [{"sku": "x"}, {"sku": "y"}, {}],
    "http": {"method": "GET"},
    "http.route": "/a",
    "zürich": "Gleis 3",
}
ROW = ("login", "", "user:1", None, orjson.dumps(PAYLOAD, option=orjson.OPT_SORT_KEYS).decode())


def holds(name, operator, text, row=ROW):
    condition = read_condition(name, operator, text)
    found = {Filters((condition,)).matches(each) for each in (row, (*row[:4], row[4].encode()))}
    again = read_filters(orjson.loads(orjson.dumps([condition.as_json()])))
    assert found == {again.matches(row)}
    return found.pop()


@pytest.mark.parametrize(
    ("name", "operator", "text", "expected"),
    [
        ("kind", "eq", "login", True),
        ("kind", "eq", "logi", False),
        ("kind", "in", "logout,login", True),
        ("kind", "prefix", "log", True),
        ("kind", "gte", "login", True),
        ("kind", "lt", "login", False),
        ("level", "eq", "error", False),
        ("level", "ne", "error", False),
        ("level", "exists", "false", True),
        ("client_id", "exists", "true", False),
        ("payload.status", "eq", "500", True),
        ("payload.status", "eq", "5e2", True),
        ("payload.whole", "eq", "500", True),
        ("payload.status", "gte", "500", True),
        ("payload.status", "gt", "500", False),
        ("payload.load", "lt", "1", True),
        ("payload.status", "gte", "5x", False),
        ("payload.code", "gte", "1", False),
        ("payload.code", "eq", "00500", True),
        ("payload.code", "eq", "500", False),
        ("payload.ok", "eq", "true", True),
        ("payload.ok", "eq", "1", False),
        ("payload.status", "ne", "501", True),
        ("payload.none", "exists", "true", False),
        ("payload.none", "ne", "1", False),
        ("payload.empty", "exists", "false", True),
        ("payload.tags", "eq", "b", True),
        ("payload.tags", "eq", "1", True),
        ("payload.tags", "ne", "a", False),
        ("payload.lines.sku", "eq", "y", True),
        ("payload.http.method", "in", "GET,PUT", True),
        ("payload.http.route", "prefix", "/", True),
        ("payload.http", "exists", "true", True),
        ("payload.http", "eq", "GET", False),
        ("payload.missing", "exists", "false", True),
        ("payload.missing", "lt", "1", False),
        ("payload.zürich", "prefix", "Gleis", True),
        ("payload.ip", "eq", "10.0.0.70", False),
    ],
)
def test_what_a_condition_means(name, operator, text, expected):
    assert holds(name, operator, text) is expected


def test_all_conditions_must_hold_and_say_which_columns_they_need():
    filters = Filters((Condition("kind", "eq", "login"), Condition("payload.status", "lt", 500)))
    assert not filters.matches(ROW)
    assert filters.columns == {"kind", "payload"}
    assert Filters().matches(ROW)
    assert not Filters()


SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=5),
)


@given(SCALARS, st.one_of(SCALARS, st.integers(-3, 3), st.sampled_from([0.0, -0.0, 1e15, -2.0, 1e16, 999999999999999])))
def test_an_equality_finds_every_writing_of_a_value(stored, wanted):
    expected = (type(stored) is bool) is (type(wanted) is bool) and stored == wanted
    for value in (stored, wanted):
        row = (*ROW[:4], orjson.dumps({"a": value}).decode())
        assert Filters((Condition("payload.a", "eq", value),)).matches(row)
    assert (
        Filters((Condition("payload.a", "in", (wanted,)),)).matches((*ROW[:4], orjson.dumps({"a": stored}))) is expected
    )


@pytest.mark.parametrize(
    "raw",
    [
        {},
        [{}],
        [{"field": "id", "operator": "eq", "value": 1}],
        [{"field": "payload.", "operator": "eq", "value": 1}],
        [{"field": "payload.a..b", "operator": "eq", "value": 1}],
        [{"field": 1, "operator": "eq", "value": 1}],
        [{"field": "kind", "operator": ["eq"], "value": "a"}],
        [{"field": "kind", "operator": "like", "value": "a"}],
        [{"field": "kind", "operator": "eq", "value": None}],
        [{"field": "kind", "operator": "eq", "value": {}}],
        [{"field": "kind", "operator": "eq", "value": "\ud800"}],
        [{"field": "kind", "operator": "in", "value": []}],
        [{"field": "kind", "operator": "prefix", "value": 1}],
        [{"field": "kind", "operator": "exists", "value": "yes"}],
        [{"field": "actor", "operator": "eq", "value": "nobody"}],
        [{"field": "payload.a", "operator": "lt", "value": True}],
        [{"field": "payload.a", "operator": "eq", "value": float("inf")}],
        [{"field": "kind", "operator": "eq", "value": "a"}] * 21,
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(raw):
    with pytest.raises(InvalidInput) as refused:
        read_filters(raw)
    assert refused.value.path


def test_an_unknown_operator_names_those_there_are():
    with pytest.raises(UnsupportedQuery, match="eq, in, ne, lt"):
        read_condition("kind", "like", "x")
