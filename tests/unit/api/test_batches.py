import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.batches import MAX_ITEMS, read_array
from core.errors import InvalidInput, TooLarge
from core.strict_json import MAX_DEPTH, parse_json
from tests.unit.core.test_strict_json import VALUES

# Pieces of JSON, right ones and those that only a strict reader refuses, as texts of one line.
WRONG_ITEMS = {
    '{"a": 1, "a": 2}': "stands twice",
    '"\\u0000"': "NUL",
    '["\\ud800"]': "surrogate",
    "9223372036854775808": "64 bits",
    "1e999": "double",
    "NaN": "no JSON",
    "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1): "100 levels",
}
ITEMS = st.one_of(VALUES.map(json.dumps), st.sampled_from(sorted(WRONG_ITEMS)))


def verdict(item):
    return ("refused", item.message) if isinstance(item, InvalidInput) else item


def alone(text):
    try:
        return parse_json(text.encode())
    except InvalidInput as error:
        return ("refused", error.message)


@given(st.lists(ITEMS, min_size=1, max_size=6), st.sampled_from([",", " ,\n\t "]))
def test_an_item_of_an_array_is_read_as_if_it_stood_alone(texts, comma):
    body = f" [ {comma.join(texts)} ]\n".encode()
    assert [verdict(item) for item in read_array(body)] == [alone(text) for text in texts]


@pytest.mark.parametrize(("text", "words"), WRONG_ITEMS.items())
def test_one_wrong_item_does_not_hold_up_the_others(text, words):
    items = read_array(f'[1, {text}, "x"]'.encode())
    assert (items[0], items[2], len(items)) == (1, "x", 3)
    assert isinstance(items[1], InvalidInput)
    assert words in items[1].message


def test_an_item_may_be_as_deep_as_one_that_stands_alone():
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert read_array(f"[{deep}, 1]".encode()) == [parse_json(deep.encode()), 1]


@pytest.mark.parametrize(
    "body",
    [b"", b"7", b'"x"', b"null", b"[1", b"[1 2]", b"[1,]", b"[1]]", b"[1] 2", b'[NaN, {"a" 1}]', b'["\xff"]', b"[,1]",
     b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b"[NaN][1]", b"NaN", b'["\x01", NaN]', b"\xef\xbb\xbf[1]"],
)  # fmt: skip
def test_what_cannot_be_cut_into_items_is_refused_whole(body):
    with pytest.raises(InvalidInput):
        read_array(body)


def test_one_object_is_an_array_of_it():
    assert read_array(b' {"a": 1} ') == [{"a": 1}]


def test_too_many_items():
    texts = ["1"] * MAX_ITEMS
    assert len(read_array(f"[{','.join(texts)}]".encode())) == MAX_ITEMS
    texts.append("NaN")
    with pytest.raises(TooLarge, match="at most 10000"):
        read_array(f"[{','.join(texts)}]".encode())
