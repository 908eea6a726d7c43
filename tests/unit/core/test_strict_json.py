import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.strict_json import MAX_DEPTH, parse_json

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
)


@given(VALUES)
def test_what_is_json_is_read_exactly(value):
    assert parse_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=40))
def test_bytes_are_read_or_refused(body):
    try:
        value = parse_json(body)
    except InvalidInput:
        return
    assert json.loads(body) == value


@pytest.mark.parametrize("number", ["9223372036854775807", "-9223372036854775808"])
def test_64_bits_are_whole(number):
    assert parse_json(number.encode()) == int(number)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"9223372036854775808", "64 bits"),
        (b"-9223372036854775809", "64 bits"),
        (b"1" * 5000, "64 bits"),
        (b"1e400", "double"),
        (b"NaN", "no JSON"),
        (b"[-Infinity]", "no JSON"),
        (b'{"a": {"b": 1, "b": 2}}', "'b' stands twice"),
        (b'["\\u0000"]', "NUL"),
        (b'{"a\\u0000": 1}', "NUL"),
        (b'["\\ud83d"]', "surrogate"),
        (b'{"\\udc00": 1}', "surrogate"),
        (b'"\xc3"', "UTF-8 at byte 1"),
        (b"", "line 1, column 1"),
        (b"[1,]", "line 1"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "100 levels"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "100 levels"),
    ],
)
def test_what_is_refused_says_why(body, words):
    with pytest.raises(InvalidInput, match=words):
        parse_json(body)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"a": {"b": [1, "\\u0000"]}}', "a.b[1]"),
        (b'[{"c": "\\ud83d"}]', "[0].c"),
        (b'{"a": {"b\\u0000": 1}}', "a"),
        (b'"\\u0000"', ""),
        (b'{"' + b"a" * 500 + b'": "\\u0000"}', "a" * 200),
    ],
)
def test_the_place_of_a_text_that_no_store_holds_is_named(body, path):
    with pytest.raises(InvalidInput) as refused:
        parse_json(body)
    assert refused.value.path == path


def test_100_levels_are_read():
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


def test_a_whole_pair_of_surrogates_is_one_character():
    assert parse_json(b'"\\ud83d\\ude00"') == "\U0001f600"
