import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import bson
import pytest
from bson import (
    Binary,
    Code,
    CodecOptions,
    DatetimeMS,
    DBRef,
    Decimal128,
    Int64,
    MaxKey,
    MinKey,
    ObjectId,
    Regex,
    Timestamp,
)
from bson.binary import UuidRepresentation
from hypothesis import given
from hypothesis import strategies as st

from documents.checks import fit_value
from documents.rows import Document
from documents.services.writing import same_content
from documents.values import CONVERSIONS, convert_value, parse_object_id, plain_value, values_at

OPTIONS: CodecOptions[dict[str, object]] = CodecOptions(tz_aware=True, uuid_representation=UuidRepresentation.STANDARD)
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
OBJECT_ID = "5ca4bbcea2dd94ee58162a68"
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
keys = texts.filter(lambda key: key and key[0] != "$" and "." not in key)
milliseconds = st.datetimes(timezones=st.just(UTC)).map(
    lambda when: when.replace(microsecond=when.microsecond // 1000 * 1000)
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    st.uuids(),
    milliseconds,
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20),
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4))


def stored(value):
    """What the value is after a way to MongoDB and back."""
    return bson.decode(bson.encode({"v": fit_value(value)}, codec_options=OPTIONS), codec_options=OPTIONS)["v"]


@given(values)
def test_plain_values_come_back_as_they_went(value):
    assert plain_value(stored(value)) == value


@given(values)
def test_content_is_the_same_after_the_way_there(value):
    assert same_content(stored(value), fit_value(value))


@given(values, values)
def test_content_that_differs_is_told_apart(one, other):
    if same_content(fit_value(one), fit_value(other)):
        assert one == other


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ([1, 2], [2, 1], False),
        ({"a": 1}, {"a": 1, "b": None}, False),
        (1, Int64(1), True),
        (1, 1.0, False),
        (1, True, False),
        (0, False, False),
        (Decimal128("1.0"), Decimal128("1.00"), False),
        ("1", 1, False),
        (None, {}, False),
    ],
)
def test_same_content(one, other, same):
    assert same_content(one, other) is same


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (ObjectId(OBJECT_ID), OBJECT_ID),
        (Int64(7), 7),
        (Decimal128("1.10"), Decimal("1.10")),
        (Decimal128("NaN"), "NaN"),
        (float("inf"), "inf"),
        (NOON, NOON),
        (DatetimeMS(2**60), 2**60),
        (Timestamp(NOON, 3), NOON),
        (UUID(int=7), UUID(int=7)),
        (b"\0\1", "AAE="),
        (Binary(b"\0\1", 128), "AAE="),
        (Regex("a+", "i"), "/a+/"),
        (Regex(b"a+"), "/a+/"),
        (Code("f()"), "f()"),
        (MinKey(), "MinKey"),
        (MaxKey(), "MaxKey"),
        (DBRef("books", ObjectId(OBJECT_ID)), {"collection": "books", "id": OBJECT_ID, "database": None}),
        ({"a": [ObjectId(OBJECT_ID), {"b": Int64(1)}]}, {"a": [OBJECT_ID, {"b": 1}]}),
    ],
)
def test_the_drivers_types_become_plain(value, plain):
    found = plain_value(value)
    assert found == plain
    assert type(found) is type(plain)
    json.dumps(found, default=str)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "17", "17"),
        ("int", "17", 17),
        ("int", "-9223372036854775808", -(2**63)),
        ("uuid", str(UUID(int=7)), UUID(int=7)),
        ("uuid", str(UUID(int=2**127)).upper(), UUID(int=2**127)),
        ("object_id", OBJECT_ID, ObjectId(OBJECT_ID)),
        ("object_id", OBJECT_ID.upper(), ObjectId(OBJECT_ID)),
        ("id", OBJECT_ID, ObjectId(OBJECT_ID)),
        ("id", "17", 17),
    ],
)
def test_texts_become_link_values(kind, text, value):
    found = convert_value(kind, text)
    assert found == value
    assert type(found) is type(value)
    assert {found: "names something"}[value]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "1.0"),
        ("int", "0017"),
        ("int", "9223372036854775808"),
        ("int", " 1"),
        ("uuid", "0190a1b2c3d47e5f8a9b0c1d2e3f4a5b"),
        ("object_id", "5ca4"),
        ("object_id", "z" * 24),
        ("id", ""),
    ],
)
def test_other_texts_name_nothing(kind, text):
    with pytest.raises(ValueError, match="."):
        convert_value(kind, text)


def test_no_conversion_takes_what_is_no_text():
    assert set(CONVERSIONS) == {"text", "int", "uuid", "object_id", "id"}
    with pytest.raises(ValueError, match="no ObjectId"):
        parse_object_id(7)  # type: ignore[arg-type] # what a careless caller does


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("_id", ["17"]),
        ("a", [1]),
        ("list", [1, 2, 3]),
        ("lines.sku", ["x", "y", "z"]),
        ("lines.gone", []),
        ("null", []),
        ("nowhere", []),
        ("a.b", []),
        ("nested", [{"deep": 7}]),
        ("nested.deep", [7]),
    ],
)
def test_values_at_a_path(path, found):
    fields = {
        "a": 1,
        "list": [1, [2, 3], None],
        "lines": [{"sku": "x"}, {"sku": ["y", "z"]}, 5],
        "null": None,
        "nested": {"deep": 7},
    }
    document = Document("17", UUID(int=1), 1, NOON, NOON, fields)
    assert list(values_at(document, path)) == found
