"""Merge patches by the RFC's own examples, and values that read as before."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from bson import Binary, Decimal128, Int64, ObjectId, Regex
from hypothesis import given
from hypothesis import strategies as st

from documents.merging import keep_types, merge_patch
from documents.values import json_value

STORED = {
    "object_id": ObjectId("5ca4bbcea2dd94ee58162a68"),
    "uuid": UUID(int=7),
    "when": datetime(2026, 1, 31, 12, 0, 0, 5000, tzinfo=UTC),
    "price": Decimal128("12.30"),
    "bytes": b"\0\1",
    "binary": Binary(b"\0\1", 5),
    "regex": Regex("a+", "i"),
    "long": Int64(5),
    "real": 1.0,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, 1.0]) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_examples_of_the_rfc(target, patch, result):
    """RFC 7396, appendix A."""
    before = repr(target)
    assert merge_patch(target, patch) == result
    assert repr(target) == before


def rfc_merge_patch(target, patch):
    """Do as the pseudo-code of RFC 7396, 2, says."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = rfc_merge_patch(target.get(name), value)
    return target


@given(JSON, JSON)
def test_any_patch_does_as_the_rfc_says(target, patch):
    assert repr(merge_patch(target, patch)) == repr(rfc_merge_patch(target, patch))


def test_what_reads_as_before_keeps_its_type():
    read = json_value(STORED)
    assert keep_types(read, STORED) == STORED
    assert {type(value) for value in keep_types(read, STORED).values()} == {type(value) for value in STORED.values()}
    assert keep_types({"in": [read, {"deep": read}]}, {"in": [STORED, {"deep": STORED}]})["in"][1]["deep"] == STORED


@pytest.mark.parametrize("name", STORED)
def test_what_reads_otherwise_is_what_was_sent(name):
    others: list[object] = ["other", None, [json_value(STORED[name])], {}]
    for other in others:
        assert keep_types({name: other}, STORED) == {name: other}


def test_types_of_json_are_told_apart():
    assert repr(keep_types([1, 1.0, True, 0], [True, 1, 1.0, False])) == repr([1, 1.0, True, 0])


def test_a_decimal_reads_as_answers_write_it():
    assert json_value(Decimal128("1E+3")) == "1000"
    assert json_value(Decimal("0.10")) == "0.10"


def test_what_moves_within_a_list_is_text():
    one, other = ObjectId(), ObjectId()
    assert keep_types([str(other), str(one)], [one, other]) == [str(other), str(one)]
    assert keep_types([str(one), str(other)], [one]) == [one, str(other)]
