"""Schemas of payloads: what may be declared, and what then fits."""

import pytest

from core.errors import InvalidInput
from timeseries.payload_schemas import parse_schema
from timeseries.shapes import fields_of


def declare(fields, *, additional=True):
    return parse_schema({"fields": fields, "additional": additional})


def refusal(schema, payload):
    """Return the path that is refused, empty for a payload that fits."""
    fields = fields_of(payload)
    found = schema.refusal_of(fields)
    try:
        if found is None:
            schema.check_texts(payload, schema.texts_to_read(fields))
    except InvalidInput as error:
        found = error
    return "" if found is None else found.path


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("int", [0, -5, None], [1.0, "1", True, [], {}]),
        ("double", [0.5, 1], ["1.5", False]),
        ("bool", [True, False], [0, "true"]),
        ("text", ["", "x"], [1, ["x"]]),
        (
            "timestamp",
            ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+01:00"],
            ["2026-01-31", "", 5, "2026-01-31T12:00:00"],
        ),
        ("uuid", ["01a1fd80-af12-7652-b462-4c67f130d496"], ["01a1fd80af127652b4624c67f130d496", "x"]),
        ("ip", ["10.0.0.1", "::1", "2001:db8::1"], ["10.0.0", "10.0.0.256", "host"]),
    ],
)
def test_types_fit_or_not(kind, good, bad):
    schema = declare({"a.b": kind, "list[]": kind})
    assert [refusal(schema, {"a": {"b": value}}) for value in good] == [""] * len(good)
    assert [refusal(schema, {"list": [value]}) for value in good] == [""] * len(good)
    assert [refusal(schema, {"a": {"b": value}}) for value in bad] == ["payload.a.b"] * len(bad)
    assert [refusal(schema, {"list": [*good, value]}) for value in bad] == ["payload.list[]"] * len(bad)


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({"a": {"b": 1}}, ""),
        ({"a": {"b": 1}, "more": 1}, "payload.more"),
        ({"a": {"b": 1, "c": 1}}, "payload.a.c"),
        ({"a": 5}, "payload.a.b"),
        ({"a": {"b": None}}, "payload.a.b"),
        ({}, "payload.a.b"),
        ({"a": {"b": 1}, "lines": [{"sku": 1}]}, ""),
        ({"a": {"b": 1}, "lines": {"sku": 1}}, "payload.lines"),
        ({"a": {"b": 1}, "lines": [1]}, "payload.lines[]"),
    ],
)
def test_a_closed_schema_names_what_is_missing_or_too_much(payload, path):
    fields = {"a.b": {"type": "int", "required": True}, "lines[].sku": "int"}
    assert refusal(declare(fields, additional=False), payload) == path


@pytest.mark.parametrize(
    ("declared", "path"),
    [
        ({"fields": {"a": "integer"}}, "fields.a"),
        ({"fields": {"a": {"type": "int", "maximum": 5}}}, "fields.a"),
        ({"fields": {"a": {"required": True}}}, "fields.a"),
        ({"fields": {"a": {"type": "int", "required": 1}}}, "fields.a"),
        ({"fields": {"a[].b": {"type": "int", "required": True}}}, "fields.a[].b"),
        ({"fields": {"a..b": "int"}}, "fields.a..b"),
        ({"fields": {"a[]b": "int"}}, "fields.a[]b"),
        ({"fields": {"a[": "int"}}, "fields.a["),
        ({"fields": {"": "int"}}, "fields."),
        ({"fields": {"a": "int", "a.b": "int"}}, "fields.a"),
        ({"fields": {"a.b": "int", "a[]": "int"}}, "fields.a"),
        ({"fields": {f"f{n}": "int" for n in range(257)}}, "fields"),
        ({"fields": []}, "fields"),
        ({"fields": {}, "additional": "no"}, "additional"),
        ({"type": "object"}, "fields"),
        (5, "fields"),
    ],
)
def test_what_cannot_be_declared_is_named(declared, path):
    with pytest.raises(InvalidInput) as refused:
        parse_schema(declared)
    assert refused.value.path == path


def test_a_schema_reads_what_it_writes():
    schema = declare({"a": {"type": "ip", "required": True}, "b[]": "text"}, additional=False)
    assert parse_schema(schema.as_json()) == schema
