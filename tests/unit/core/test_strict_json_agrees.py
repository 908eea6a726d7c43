"""The fast reader of JSON and the strict one agree on every body: the value with its types, or the refusal in words."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from core import strict_json
from core.errors import InvalidInput
from tests.unit.core.test_strict_json import VALUES

PIECES = st.sampled_from(
    ["{", "}", "[", "]", '"a"', '"b"', '"a":', '"\\u0061":', '"a" :', '"a"\n:', ":", ",", " ", "\t", "1", "-0", "1.0", "-0.0",
     "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "9.3e18", "1e999",
     "1e-400", "NaN", "null", "true", '"\\u0000"', '"\\ud800"', '"\\ud83d\\ude00"', '"x\\":y"', '" : "', "\ufeff", "01"],
)  # fmt: skip
OBJECTS = st.lists(
    st.tuples(st.sampled_from(["a", "\\u0061", "b", "c:", 'd\\":']), st.sampled_from(["1", '"x :y"', "{}", "[1.5]"]))
)


def verdict(read, body):
    """Return what a reader makes of a body: types and signs too, which `==` takes for alike."""
    try:
        return repr(read(body))
    except InvalidInput as refusal:
        return refusal.message


def agree(body):
    assert verdict(strict_json.parse_json, body) == verdict(strict_json.read_strictly, body), body


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_on_pieces_of_json(text):
    agree(text.encode())


@given(OBJECTS, st.sampled_from([":", " :", ": ", "\n:\t"]), st.integers(0, 101))
def test_on_objects_with_keys_that_may_stand_twice(pairs, colon, depth):
    members = ",".join(f'"{key}"{colon}{value}' for key, value in pairs)
    agree(("[" * depth + "{" + members + "}" + "]" * depth).encode())


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_on_values(value, is_ascii, indent):
    agree(json.dumps(value, ensure_ascii=is_ascii, indent=indent).encode())


@given(st.binary(max_size=30))
def test_on_bytes(body):
    agree(body)


def test_ordinary_bodies_take_the_fast_way(monkeypatch):
    monkeypatch.setattr(strict_json, "read_strictly", lambda body: "the slow way")
    body = {"time": "2026-01-31T12:00:00Z", "kind": "a", "payload": {"x": [1, 2.5, None, True], "text": "ä: b"}}
    for separators in ((",", ":"), (", ", ": ")):
        assert strict_json.parse_json(json.dumps([body] * 3, separators=separators).encode()) == [body] * 3
    assert strict_json.parse_json(b'{"a": 1, "a": 1}') == "the slow way"
