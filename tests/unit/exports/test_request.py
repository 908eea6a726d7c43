"""Requests from the three doors are read alike; what is wrong is named."""

import pytest

from core.errors import InvalidInput
from exports.request import parse_request
from formats.columns import USUAL

DAY = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T01:00:00+01:00"}


def test_texts_and_json_say_the_same():
    texts = {"streams": "a,b", **DAY, "columns": "id,payload.ip:text", "part_rows": "10", "neutralise_formulas": "true"}
    plain = {"streams": ["a", "b"], **DAY, "columns": ["id", "payload.ip:text"], "part_rows": 10}
    plain["neutralise_formulas"] = True
    assert parse_request({**texts, "format": "csv"}) == parse_request({**plain, "format": "csv"})


def test_what_the_manifest_holds_is_the_same_request():
    request = parse_request({"streams": "a", **DAY, "format": "csv", "compression": "zstd", "part_bytes": 70_000})
    assert parse_request(request.as_json()) == request
    assert request.suffix == ".csv.zst"


def test_nothing_said_is_everything():
    request = parse_request({"streams": "all"})
    assert (request.streams, request.columns, request.is_bounded) == ((), USUAL, False)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"streams": "a,a"}, "streams"),
        ({"streams": ""}, "streams"),
        ({"streams": "../etc"}, "streams"),
        ({"streams": 5}, "streams"),
        ({"columns": "secret"}, "columns"),
        ({"columns": "payload.ip:uuid"}, "columns"),
        ({"format": "xml"}, "format"),
        ({"from": "yesterday"}, "from"),
        ({"from": 5}, "from"),
        ({"from": DAY["to"], "to": DAY["from"]}, "to"),
        ({"part_bytes": 1}, "part_bytes"),
        ({"part_rows": True}, "part_rows"),
        ({"part_rows": "1e9"}, "part_rows"),
        ({"compression": "gzip", "format": "arrow"}, "compression"),
        ({"neutralise_formulas": True}, "neutralise_formulas"),
        ({"neutralise_formulas": "yes"}, "neutralise_formulas"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(raw, path):
    with pytest.raises(InvalidInput) as refusal:
        parse_request(raw)
    assert [where for where, _ in refusal.value.errors] == [path]


def test_every_wrong_field_is_named_at_once():
    with pytest.raises(InvalidInput) as refusal:
        parse_request({"format": "xml", "from": "never", "colour": "red"})
    assert {where for where, _ in refusal.value.errors} == {"format", "from", "colour"}
