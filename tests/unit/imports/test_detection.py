"""Formats and patterns told from name and content."""

import bson
import pytest

from core.errors import InvalidInput
from imports.detection import data_set_name, detect_format, detect_pattern
from imports.patterns import PATTERNS
from tests.unit.imports.test_patterns import LINES


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.csv", b"", "csv"),
        ("a.CSV.gz", b"", "csv"),
        ("a.tsv", b"", "csv"),
        ("a.json", b"", "extjson"),
        ("a.ndjson", b"", "ndjson"),
        ("a.jsonl.gz", b"", "ndjson"),
        ("a.bson", b"", "bson"),
        ("a.log", b"", "log"),
        ("a", bson.encode({"a": 1}), "bson"),
        ("a", b'{"a": 1}\n', "ndjson"),
        ("a", b'\xef\xbb\xbf [{"_id": {"$oid": "x"}}]', "extjson"),
        ("a.txt", b" customer_id  date\n 1 2\n", "columns"),
        ("a.txt", b"a,b\n", "csv"),
        ("apache.txt", b"anything at all", "log"),
        ("messages", LINES["apache"].encode() + b"\r\n", "log"),
    ],
)
def test_format(name, head, expected):
    assert detect_format(name, head, PATTERNS, ",") == expected


def test_format_that_cannot_be_told_is_asked_for():
    with pytest.raises(InvalidInput, match="name its format with --format"):
        detect_format("a.dat", b"word\n", PATTERNS, ",")


@pytest.mark.parametrize("name", [name for name in LINES if name not in ("linux", "openssh")])
def test_pattern_by_the_first_line(name):
    assert detect_pattern("messages", LINES[name].encode() + b"\n", PATTERNS).name == name


def test_pattern_by_the_name_of_the_file():
    assert detect_pattern("OpenSSH.log.gz", b"", PATTERNS).name == "openssh"


@pytest.mark.parametrize(
    ("head", "message"),
    [(LINES["openssh"].encode(), "matches linux and openssh"), (b"no log", "matches no pattern")],
)
def test_pattern_that_cannot_be_told_is_asked_for(head, message):
    with pytest.raises(InvalidInput, match=message):
        detect_pattern("messages", head, PATTERNS)


def test_data_set_is_named_after_the_file():
    assert [data_set_name(name) for name in ("a.csv", "a.b.log.gz", "a", "a.gz")] == ["a", "a.b", "a", "a"]
