"""BSON dumps: documents by their lengths, damage told."""

import bson
import pytest
from bson import DatetimeMS, Int64
from hypothesis import given
from hypothesis import strategies as st

from imports.layouts import Layout
from imports.readers import READERS
from imports.records import Record, Rejection
from imports.sources import Damaged

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
documents = st.lists(
    st.dictionaries(names, st.integers(-(2**63), 2**63 - 1) | names | st.booleans(), max_size=4), max_size=8
)


def read(*chunks):
    return list(READERS["bson"](iter(chunks), Layout("bson")).outcomes)


@given(wanted=documents, chunk_bytes=st.integers(min_value=1, max_value=40))
def test_reads_what_the_driver_writes_however_it_is_cut(wanted, chunk_bytes):
    written = b"".join(bson.encode(document) for document in wanted)
    chunks = [written[at : at + chunk_bytes] for at in range(0, len(written), chunk_bytes)]
    outcomes = read(*chunks)
    assert [outcome.fields for outcome in outcomes] == wanted
    assert [outcome.number for outcome in outcomes] == list(range(1, len(wanted) + 1))


def test_file_cut_off_keeps_the_whole_documents():
    written = bson.encode({"a": 1}) + bson.encode({"a": 2})
    outcomes = read(written[:-3])
    assert [type(outcome) for outcome in outcomes] == [Record, Rejection]
    assert outcomes[1].reason == "the last document is cut off"
    assert read(b"\x07\0")[0].reason == "the last document is cut off"


@pytest.mark.parametrize("length", [0, 4, -1, -(2**31), 2**31 - 1])
def test_impossible_length_ends_the_file_with_a_reason(length):
    outcomes = read(bson.encode({"a": 1}) + length.to_bytes(4, "little", signed=True) + bytes(100))
    assert [type(outcome) for outcome in outcomes] == [Record, Rejection]
    assert outcomes[1].reason == f"no BSON document begins with the length {length}: nothing from here on could be read"


def test_wrong_document_of_a_right_length_costs_only_itself():
    wrong = bytearray(bson.encode({"a": "text"}))
    wrong[4] = 0x7E
    outcomes = read(bytes(wrong) + bson.encode({"a": 2}))
    assert [type(outcome) for outcome in outcomes] == [Rejection, Record]
    assert outcomes[0].reason.startswith("no BSON: ")


def test_a_date_beyond_the_years_is_said_in_own_words():
    (outcome,) = read(bson.encode({"a": DatetimeMS(2**62)}))
    assert outcome.reason == "a date is outside the years 1 to 9999: mend it in the source, or write it as text"


def test_depth_and_numbers_have_their_bounds():
    deep: dict[str, object] = {}
    for _ in range(150):
        deep = {"a": deep}
    outcomes = read(bson.encode(deep) + bson.encode({"a": float("nan")}) + bson.encode({"a": Int64(2**63 - 1)}))
    assert outcomes[0].reason.startswith("more than 100 levels at a.a")
    assert outcomes[1].reason == "nan at a: only finite numbers are kept"
    assert outcomes[2].fields == {"a": 2**63 - 1}


def test_very_deep_document_is_a_rejection():
    raw = b"\x05\0\0\0\0"
    for _ in range(5000):
        raw = (len(raw) + 8).to_bytes(4, "little") + b"\x03a\0" + raw + b"\0"
    (outcome,) = read(raw)
    assert isinstance(outcome, Rejection)


def test_damaged_gzip_keeps_what_came_before():
    def damaged():
        yield bson.encode({"a": 1}) + b"\x10"
        raise Damaged("the gzip data is cut off")

    first, last = READERS["bson"](damaged(), Layout("bson")).outcomes
    assert isinstance(first, Record)
    assert last == Rejection(
        2, "the gzip data is cut off: nothing from here on could be read", b"\x10", ends_input=True
    )
