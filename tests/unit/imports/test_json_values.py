"""JSON: NDJSON, arrays and Extended JSON; each wrong document is rejected alone."""

import json
from datetime import UTC, datetime

import pytest
from bson import Decimal128, ObjectId, json_util
from hypothesis import given
from hypothesis import strategies as st

from imports.layouts import Layout
from imports.readers import READERS
from imports.readers.json_arrays import split_array
from imports.records import Record, Rejection

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
objects = st.lists(st.dictionaries(texts, values, max_size=4), max_size=6)


def read(content, format_name="ndjson"):
    raw = content if isinstance(content, bytes) else content.encode()
    return list(READERS[format_name](iter([raw]), Layout(format_name)).outcomes)


def reasons(content, format_name="ndjson"):
    return [outcome.reason for outcome in read(content, format_name) if isinstance(outcome, Rejection)]


@given(documents=objects)
def test_ndjson_reads_what_was_written(documents):
    written = "\n".join(json.dumps(document, ensure_ascii=False) for document in documents)
    assert [outcome.fields for outcome in read(written)] == documents


@given(documents=objects, indent=st.sampled_from([None, 2]), chunk_bytes=st.integers(min_value=1, max_value=30))
def test_array_reads_what_was_written_however_it_is_cut(documents, indent, chunk_bytes):
    written = json.dumps(documents, indent=indent).encode()
    chunks = [written[at : at + chunk_bytes] for at in range(0, len(written), chunk_bytes)]
    outcomes = list(READERS["ndjson"](iter(chunks), Layout("ndjson")).outcomes)
    assert [(outcome.number, getattr(outcome, "fields", None)) for outcome in outcomes] == list(enumerate(documents, 1))


def test_line_numbers_count_blank_lines_before_the_first_document():
    assert [outcome.number for outcome in read('\n\n{"a": 1}\n')] == [3]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"a": 1', "no JSON: Expecting ',' delimiter at character 8; a document must stand on one line"),
        ("[1", "the array is not closed"),
        ("7", "a JSON object is wanted, this is int"),
        ('{"a": NaN}', "NaN is no JSON"),
        ('{"a": -Infinity}', "-Infinity is no JSON"),
        ('{"a": 1e999}', "inf at a: only finite numbers are kept"),
        ('{"a": 9223372036854775808}', "an integer beyond 64 bits at a: write it as text"),
        ('{"a": ' + "9" * 5000 + "}", "an integer beyond 64 bits: write it as text"),
        ('{"a": {"b": "x\\u0000"}}', "a NUL character at a.b"),
        ('{"a\\u0000": 1}', "a NUL character at a key"),
        ('{"a": ["\\ud800"]}', "half a surrogate pair at a"),
        ('{"a": 1, "a": 2}', "the field 'a' stands twice"),
        ('{"a": ' + "[" * 100 + "]" * 100 + "}", "more than 100 levels at a"),
        ('{"a": ' + "[" * 100_000, "nested too deep"),
        (b'{"a": "\xff"}', "not utf-8: byte 0xff"),
    ],
)
def test_wrong_document_is_rejected_with_its_reason(line, reason):
    assert reasons(line)[0].startswith(reason)


def test_wrong_line_costs_only_itself():
    outcomes = read('{"a": 1}\n{"a": \n{"a": 3}\n')
    assert [(type(outcome), outcome.number) for outcome in outcomes] == [(Record, 1), (Rejection, 2), (Record, 3)]


def test_99_levels_are_kept():
    assert reasons('{"a": ' + "[" * 99 + "]" * 99 + "}") == []


def test_wrong_element_of_an_array_costs_only_itself():
    outcomes = read('[{"a": 1}, {"a": }, 7, {"a": "]"}]')
    assert [type(outcome) for outcome in outcomes] == [Record, Rejection, Rejection, Record]
    assert outcomes[3].fields == {"a": "]"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"a": 1}, {"a"', "the array is not closed"),
        ('[{"a": 1}, ]', "no JSON: Expecting value"),
        ('[{"a": 1}] {"b": 2}', "text after the end of the array"),
        ('[{"a": "open}]', "the array is not closed"),
        (b'[{"a": "\xff"}]', "not utf-8 (invalid start byte)"),
    ],
)
def test_array_that_breaks_is_told(text, reason):
    assert reasons(text)[-1].startswith(reason)


def test_empty_array_and_empty_file_hold_nothing():
    assert read("[ ]\n") == read("") == []


def test_long_element_is_dropped_without_being_held(monkeypatch):
    monkeypatch.setattr("imports.readers.json_arrays.MAX_ELEMENT_BYTES", 5000)
    chunks = [b'["', *[b"x" * 1000] * 20, b'", {"a": 1}]']
    elements = list(split_array(iter(chunks)))
    assert elements[0].wrong.startswith("longer than")
    assert len(elements[0].raw) <= 6000
    assert elements[1].raw.strip() == b'{"a": 1}'


def test_extended_json_gives_the_types_of_mongodb():
    line = (
        '{"_id": {"$oid": "5ca4bbc7a2dd94ee5816238c"}, "n": {"$numberInt": "7"}, "d": {"$numberDecimal": "1.10"},'
        ' "t": {"$date": {"$numberLong": "226117231000"}}, "f": {"$date": "1977-03-02T02:20:31Z"}}'
    )
    (record,) = read(line, "extjson")
    moment = datetime(1977, 3, 2, 2, 20, 31, tzinfo=UTC)
    expected = {"_id": ObjectId("5ca4bbc7a2dd94ee5816238c"), "n": 7, "d": Decimal128("1.10"), "t": moment, "f": moment}
    assert record.fields == expected


@given(documents=objects)
def test_extended_json_reads_what_the_driver_writes(documents):
    plain = json.loads(json.dumps(documents).replace("$", "S"))
    written = "\n".join(json_util.dumps(document, json_options=json_util.CANONICAL_JSON_OPTIONS) for document in plain)
    assert [outcome.fields for outcome in read(written, "extjson")] == plain


@pytest.mark.parametrize(
    "wrong",
    [
        '{"$oid": 5}',
        '{"$oid": "zz"}',
        '{"$numberInt": "x"}',
        '{"$numberDecimal": "x"}',
        '{"$date": []}',
        '{"$date": {"$numberLong": "999999999999999999"}}',
        '{"$date": "2026"}',
        '{"$binary": {"base64": 7, "subType": "00"}}',
        '{"$timestamp": 1}',
        '{"$uuid": "x"}',
        '{"$regularExpression": 1}',
        '{"$numberDouble": "NaN"}',
    ],
)
def test_wrong_extended_type_is_a_rejection_never_a_traceback(wrong):
    (reason,) = reasons('{"a": ' + wrong + "}", "extjson")
    assert "CodecOptions" not in reason
    assert reason.startswith("no Extended JSON: a value of $") or "only finite numbers" in reason
