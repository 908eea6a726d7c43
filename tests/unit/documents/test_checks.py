from collections import UserDict
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import bson
import pytest
from bson import Code, DBRef, Decimal128, Int64, ObjectId
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from documents.checks import check_fields, check_path

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.datetimes() | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=8,
)


def test_at_most_twenty_wrong_fields_are_named():
    fields = {f"${number}": 1 for number in range(30)}
    assert refusal(fields).errors == refusal(dict(list(fields.items())[:20])).errors
    assert len(refusal(fields).errors) == 20


def test_every_wrong_field_is_named():
    error = refusal({"a": 2**63, "b": [1, float("nan"), {"c\0": 2**63}], "ok": 1, "d": {"e": "\ud800", "$f": {}}})
    assert [path for path, _ in error.errors] == ["a", "b[1]", "b[2].c?", "d.e", "d.$f"]
    assert (error.path, error.message) == error.errors[0]


def refusal(item):
    with pytest.raises(InvalidInput) as refused:
        check_fields(item)
    return refused.value


@pytest.mark.parametrize(
    ("item", "path", "reason"),
    [
        ({"$set": 1}, "$set", "begins with $"),
        ({"a": {"$ref": 1}}, "a.$ref", "begins with $"),
        ({"a.b": 1}, "a.b", "holds a dot"),
        ({"a": [0, {"b.c": 1}]}, "a[1].b.c", "holds a dot"),
        ({"": 1}, "", "is empty"),
        ({"a": {"": 1}}, "a.", "is empty"),
        ({"a\0b": 1}, "a?b", "NUL"),
        ({"a": "x\0y"}, "a", "NUL"),
        ({"a": ["\ud800"]}, "a[0]", "surrogate"),
        ({"\udc00": 1}, "?", "surrogate"),
        ({"_meta": {}}, "_meta", "kept for the envelope"),
        ({"a": 2**63}, "a", "beyond 64 bits"),
        ({"a": -(2**63) - 1}, "a", "beyond 64 bits"),
        ({"a": float("nan")}, "a", "only finite"),
        ({"a": [float("-inf")]}, "a[0]", "only finite"),
        ({"a": Decimal("NaN")}, "a", "only finite"),
        ({"a": Decimal128("Infinity")}, "a", "only finite"),
        ({"a": Decimal("1." + "1" * 40)}, "a", "34 digits"),
        ({"a": datetime(2026, 1, 1)}, "a", "without an offset"),
        ({"a": datetime(2026, 1, 1, microsecond=1, tzinfo=UTC)}, "a", "millisecond"),
        ({"a": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))}, "a", "years 1 to 9999"),
        ({"a": {1, 2}}, "a", "a set cannot be stored"),
        ({"a": object()}, "a", "a object cannot be stored"),
        ({"a": Code("f()")}, "a", "a Code cannot be stored"),
        ({"a": DBRef("b", 1)}, "a", "a DBRef cannot be stored"),
        ({1: 2}, "", "a key is text"),
        ({"a": {None: 2}}, "a", "a key is text"),
        ([], "", "is an object"),
        (None, "", "is an object"),
    ],
)
def test_what_no_document_holds_is_refused_with_its_path(item, path, reason):
    error = refusal(item)
    assert error.path == path
    assert reason in error.message


def test_levels_are_counted_from_the_document():
    fits: object = 1
    for _ in range(99):
        fits = [fits]
    assert check_fields({"a": fits}) == {"a": fits}
    assert "100 levels" in refusal({"a": [fits]}).message
    endless: dict[str, object] = {}
    endless["a"] = endless
    assert "100 levels" in refusal(endless).message


@given(anything)
def test_whatever_comes_is_refused_or_can_be_stored(value):
    try:
        fields = check_fields({"v": value})
    except InvalidInput:
        return
    assert bson.decode(bson.encode(fields)).keys() == {"v"}


def test_fields_are_kept_in_order_and_without_the_id():
    item = UserDict(b=1, _id=7, a=UserDict(c=(1, 2)))
    fields = check_fields(item)
    assert list(fields.items()) == [("b", 1), ("a", {"c": [1, 2]})]
    assert type(fields["a"]) is dict


def test_times_are_kept_in_utc_and_decimals_as_they_are():
    when = datetime(2026, 1, 31, 13, tzinfo=timezone(timedelta(hours=1)))
    fields = check_fields({"when": when, "price": Decimal("1.10"), "n": Int64(1), "id": ObjectId(b"x" * 12)})
    assert fields["when"].tzinfo is UTC
    assert fields["when"] == when
    assert fields["price"] == Decimal128("1.10")


@pytest.mark.parametrize("path", ["a", "a.b", "a.0.b", "_id", "ä.ö", "a b", "x" * 200])
def test_paths_of_fields(path):
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path", ["", ".", "a.", ".a", "a..b", "$a", "a.$b", "_meta", "_meta.owner", "_id.a", "a\0", "\ud800", "x" * 201, 5]
)
def test_what_is_no_path_is_refused(path):
    with pytest.raises(InvalidInput):
        check_path(path)
