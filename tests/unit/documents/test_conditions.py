from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from bson import Decimal128, ObjectId

from core.errors import InvalidInput, UnsupportedQuery
from documents.conditions import OPERATORS, match_conditions, read_condition
from documents.rows import Condition

OBJECT_ID = "5ca4bbcea2dd94ee58162a68"


def test_only_listed_operators_exist():
    assert set(OPERATORS) == {"eq", "in", "gt", "gte", "lt", "lte", "exists"}
    assert match_conditions([]) == {}
    conditions = [Condition("a.b", operator, 1) for operator in ("eq", "gt", "gte", "lt", "lte")]
    assert match_conditions(conditions) == {
        "$and": [{"a.b": {name: 1}} for name in ("$eq", "$gt", "$gte", "$lt", "$lte")],
    }
    with pytest.raises(UnsupportedQuery, match="there are eq, in, gt, gte, lt, lte, exists"):
        match_conditions([Condition("a", "ne", 1)])
    with pytest.raises(UnsupportedQuery, match="at most 20"):
        match_conditions([Condition("a", "eq", 1)] * 21)


@pytest.mark.parametrize(
    ("value", "written"),
    [("$x", "$x"), (None, None), (True, True), (1.5, 1.5), (Decimal("1.5"), Decimal128("1.5")), (UUID(int=1),) * 2],
)
def test_a_value_stays_a_value(value, written):
    assert match_conditions([Condition("a", "eq", value)]) == {"$and": [{"a": {"$eq": written}}]}


@pytest.mark.parametrize("value", [{"$ne": 1}, [1], {1}, object(), b"x", "\ud800", float("nan"), 2**64])
def test_what_is_no_value_is_refused(value):
    with pytest.raises(InvalidInput) as refused:
        match_conditions([Condition("a", "eq", value)])
    assert refused.value.path == "a"


@pytest.mark.parametrize(
    ("path", "operator", "text", "condition"),
    [
        ("a", "eq", "x", ("in", ("x",))),
        ("a", "eq", "17", ("in", ("17", 17))),
        ("a", "eq", "-1.5", ("in", ("-1.5", -1.5, Decimal128("-1.5")))),
        ("a", "eq", "true", ("in", ("true", True))),
        ("a", "eq", "null", ("in", ("null", None))),
        ("a", "eq", OBJECT_ID, ("in", (OBJECT_ID, ObjectId(OBJECT_ID)))),
        ("a", "eq", "2026-01-31T12:00:00Z", ("in", ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)))),
        ("a", "eq", "9" * 30, ("in", ("9" * 30, Decimal128("9" * 30)))),
        ("a", "eq", str(2**64), ("in", (str(2**64), 2.0**64, Decimal128(str(2**64))))),
        ("a", "eq", str(-(2**64) - 1), ("in", (str(-(2**64) - 1), Decimal128(str(-(2**64) - 1))))),
        ("a", "eq", "1" + "0" * 25, ("in", ("1" + "0" * 25, 1e25, Decimal128("1" + "0" * 25)))),
        ("a", "eq", str(2**120), ("in", (str(2**120), 2.0**120))),
        ("a", "eq", str(2**63 - 1), ("in", (str(2**63 - 1), 2**63 - 1))),
        ("a", "in", f"x,{10**20}", ("in", ("x", str(10**20), 1e20, Decimal128(str(10**20))))),
        ("a", "eq", "nan", ("in", ("nan",))),
        ("a", "eq", "1_000", ("in", ("1_000",))),
        ("a", "eq", "1e999", ("in", ("1e999", Decimal128("1E+999")))),
        ("a", "in", "x,1", ("in", ("x", "1", 1))),
        ("a", "gt", "1", ("gt", ("1", 1))),
        ("a", "gt", "1.5", ("gt", ("1.5", 1.5))),
        ("a", "gt", "x", ("gt", ("x",))),
        ("a", "lt", "2026-01-31T12:00:00Z", ("lt", ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)))),
        ("a", "lt", "9" * 30, ("lt", ("9" * 30, Decimal128("9" * 30)))),
        ("a", "exists", "false", ("exists", False)),
        ("_id", "eq", "17", ("in", (17,))),
        ("_id", "gt", "17", ("gt", (17,))),
    ],
)
def test_a_text_stands_for_what_it_is_the_writing_of(path, operator, text, condition):
    found = read_condition(path, operator, text)
    assert (found.operator, found.value) == condition
    assert match_conditions([found])


@pytest.mark.parametrize("operator", ["gt", "gte", "lt", "lte"])
@pytest.mark.parametrize("text", ["1e400", "-1e400", "1." + "9" * 30 + "e999", "9" * 35])
def test_a_range_ends_at_a_number_that_is_kept(operator, text):
    with pytest.raises(InvalidInput) as refused:
        read_condition("a", operator, text)
    assert refused.value.path == "a"


@pytest.mark.parametrize(("operator", "bound_ms"), [("gt", 1), ("lte", 1), ("gte", 2), ("lt", 2)])
def test_a_time_finer_than_those_that_are_kept_bounds_the_same_of_them(operator, bound_ms):
    bound = datetime(2026, 1, 31, 12, 0, 0, bound_ms * 1000, tzinfo=UTC)
    assert read_condition("a", operator, "2026-01-31T12:00:00.001001Z").value[1] == bound
    assert len(read_condition("a", operator, "9999-12-31T23:59:59.999999Z").value) == 2


@pytest.mark.parametrize("text", ["yes", "1", ""])
def test_existing_is_true_or_false(text):
    with pytest.raises(InvalidInput, match="true or false"):
        read_condition("a", "exists", text)
