"""Whatever a file holds, a reader yields records and rejections or says in one error why it cannot begin."""

import gzip
import json

import bson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from imports.identity import record_digest
from imports.layouts import Layout
from imports.patterns import PATTERNS
from imports.readers import READERS
from imports.records import Record
from imports.sources import open_source
from imports.values import plain_json

SAMPLES = {
    "bson": bson.encode({"a": 1, "b": {"c": [1.5, "x", None, True]}}) * 3,
    "columns": b"a b c\n1 2 3\n4 5 6\n",
    "csv": b'a,b\n1,"x\ny"\n2,"z"""\n',
    "extjson": b'[{"_id": {"$oid": "5ca4bbc7a2dd94ee5816238c"}, "d": {"$date": {"$numberLong": "1"}}}, {"a": [1, {}]}]',
    "log": b"[Sun Dec 04 04:47:44 2005] [error] message\n[Sun Dec 04 04:47:45 2005] [notice] other\n",
    "ndjson": b'{"a": 1, "b": "x"}\n{"c": [true, null, 1.5e3]}\n',
}


def read(path, format_name):
    """Read a file as the commands do; every record must be one that can be told apart and written as JSON."""
    try:
        with open_source(path) as source:
            reading = READERS[format_name](source.chunks(), Layout(format_name, pattern=PATTERNS["apache"]))
            outcomes = list(reading.outcomes)
    except InvalidInput as error:
        return str(error)
    for outcome in outcomes:
        if isinstance(outcome, Record):
            record_digest("d", outcome.fields)
            json.dumps(plain_json(outcome.fields), allow_nan=False)
        else:
            assert outcome.reason
    return outcomes


@st.composite
def damaged(draw, sample):
    """A sample with pieces cut out, overwritten or inserted."""
    content = bytearray(sample)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 6))
        content[at : at + length] = draw(
            st.binary(max_size=6) | st.sampled_from([b'"', b"{", b"]", b"\n", b"$", b"\\", b"\xff"])
        )
    return bytes(content)


@pytest.mark.parametrize("format_name", SAMPLES)
@settings(max_examples=150)
@given(choice=st.data())
def test_damaged_files(tmp_path_factory, format_name, choice):
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(choice.draw(damaged(SAMPLES[format_name])))
    assert read(path, format_name) is not None


@pytest.mark.parametrize("format_name", SAMPLES)
@given(content=st.binary(max_size=200))
@example(content=b"\x1f\x8b")
@example(content=b"\xff\xfe{\0}\0")
def test_any_bytes(tmp_path_factory, format_name, content):
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(content)
    assert read(path, format_name) is not None


@pytest.mark.parametrize("format_name", SAMPLES)
@given(choice=st.data())
def test_damaged_gzip(tmp_path_factory, format_name, choice):
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(choice.draw(damaged(gzip.compress(SAMPLES[format_name], mtime=0))))
    assert read(path, format_name) is not None


def test_control_samples_are_read_without_a_rejection(tmp_path):
    for name, sample in SAMPLES.items():
        (tmp_path / name).write_bytes(sample)
        outcomes = read(tmp_path / name, name)
        assert len(outcomes) >= 2
        assert all(isinstance(outcome, Record) for outcome in outcomes), name
