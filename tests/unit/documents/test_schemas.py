import threading
import warnings
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import UUID

import pytest
from bson import ObjectId

from core.errors import InvalidInput, TooLarge
from documents.schemas import DIALECT, FieldsSchema, check_schema


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"$schema": DIALECT, "$id": "https://example.com/x", "type": "object"},
        {"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "integer"}}},
        {"$defs": {"a": {"$anchor": "here", "type": "integer"}}, "properties": {"a": {"$ref": "#here"}}},
        {"properties": {"tree": {"$ref": "#"}}, "additionalProperties": False},
        {"patternProperties": {"^x[.]y$": {}}, "properties": {"$odd": {"enum": [None, 1.5, "é"]}}},
    ],
)
def test_schemas(schema):
    assert check_schema(schema) == schema


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (True, "an object"),
        ([], "an object"),
        ({"type": "nonsense"}, "no JSON Schema"),
        ({"pattern": "("}, "no JSON Schema"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "Draft 2020-12"),
        ({"$schema": 7}, "Draft 2020-12"),
        ({"$ref": "https://example.com/other.json"}, "into the schema itself"),
        ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, "into the schema itself"),
        ({"properties": {"a": {"$dynamicRef": "other.json#x"}}}, "into the schema itself"),
        ({"properties": {"a": {"$ref": "#/$defs/none"}}}, "has no '#/$defs/none'"),
        ({"properties": {"a": {"$id": "https://example.com/inner"}}}, "one resource"),
        ({"const": float("nan")}, "only finite"),
        ({"const": 2**64}, "beyond 64 bits"),
        ({"const": {1}}, "has no set"),
        ({"title": "a\0b"}, "NUL"),
        ({"properties": {"\ud800": {}}}, "surrogate"),
        ({"properties": {7: {}}}, "a key is text"),
    ],
)
def test_what_is_no_schema_is_refused(schema, reason):
    with pytest.raises(InvalidInput) as refused:
        check_schema(schema)
    assert refused.value.path.startswith("schema")
    assert reason in refused.value.message


def test_schemas_are_bounded():
    with pytest.raises(TooLarge, match="65536 bytes"):
        check_schema({"title": "x" * 70_000})
    deep: dict[str, object] = {}
    for _ in range(200):
        deep = {"not": deep}
    with pytest.raises(InvalidInput, match="60 levels"):
        check_schema(deep)


def test_a_schema_without_an_end_refuses_the_item():
    schema = check_schema({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}})
    with pytest.raises(InvalidInput, match="without end"):
        FieldsSchema(schema).check({})


def test_values_are_seen_as_json_shows_them():
    schema = FieldsSchema(
        {
            "properties": {
                "id": {"type": "string", "minLength": 24},
                "price": {"type": "number", "maximum": 2},
                "when": {"type": "string", "pattern": "Z$"},
                "uuid": {"type": "string", "minLength": 36},
            },
        },
    )
    fields = {"id": ObjectId(), "price": Decimal("1.5"), "when": datetime(2026, 1, 1, tzinfo=UTC), "uuid": UUID(int=1)}
    schema.check(fields)
    with pytest.raises(InvalidInput) as refused:
        schema.check({**fields, "price": Decimal("2.5")})
    assert refused.value.path == "price"


def test_nothing_is_fetched():
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        FieldsSchema({"$ref": f"http://127.0.0.1:{server.server_port}/x"}).check({})
    server.shutdown()
    server.server_close()
    assert asked == []


EVIL = "^(a+)+$"
LONG = "a" * 40 + "!"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("schema", "fields", "fits"),
    [
        ({"properties": {"s": {"pattern": EVIL}}}, {"s": LONG}, False),
        (
            {"properties": {"s": {"$schema": DIALECT, "$ref": "#/$defs/a"}}, "$defs": {"a": {"pattern": EVIL}}},
            None,
            False,
        ),
        ({"$schema": DIALECT, "properties": {"s": {"pattern": EVIL}, "in": {"$ref": "#"}}}, {"in": {"s": LONG}}, False),
        ({"patternProperties": {EVIL: False}}, {LONG: 1}, True),
        ({"patternProperties": {EVIL: {}}, "additionalProperties": False}, {LONG: 1}, False),
        ({"patternProperties": {EVIL: {}}, "additionalProperties": False}, {"aaa": 1}, True),
        ({"propertyNames": {"pattern": EVIL}}, {LONG: 1}, False),
    ],
)
def test_patterns_are_matched_in_linear_time(schema, fields, fits):
    if fields is None:  # a dialect of its own, deeper down, would bring its own matching
        with pytest.raises(InvalidInput, match="one resource"):
            check_schema(schema)
        return
    assert FieldsSchema(check_schema(schema)).fits(fields) is fits


@pytest.mark.parametrize("pattern", ["(?=a)b", "(?!a)b", r"(a)\1"])
def test_patterns_without_a_bound_are_refused_with_their_path(pattern):
    with pytest.raises(InvalidInput) as refused:
        check_schema({"properties": {"s": {"pattern": pattern}}})
    assert refused.value.path == "schema.properties.s.pattern"
    with pytest.raises(InvalidInput) as refused:
        check_schema({"properties": {"s": {"patternProperties": {pattern: {}}}}})
    assert refused.value.path == "schema.properties.s.patternProperties"
    with pytest.raises(InvalidInput, match="pattern"):
        FieldsSchema({"properties": {"s": {"pattern": pattern}}}).check({"s": "ab"})


def test_patterns_and_unevaluated_properties_do_not_go_together():
    with pytest.raises(InvalidInput, match="unevaluatedProperties"):
        check_schema({"allOf": [{"patternProperties": {EVIL: {}}}], "unevaluatedProperties": False})


def doubling(keyword, levels=30):
    twice = {"allOf": [None, None], "dependentSchemas": {"s": None, "t": None}}
    defs: dict[str, Any] = {"d0": {"type": "object"}}
    for level in range(1, levels):
        ref = {"$ref": f"#/$defs/d{level - 1}"}
        both = twice[keyword]
        defs[f"d{level}"] = {keyword: dict.fromkeys(both, ref) if isinstance(both, dict) else [ref, ref]}
    return {"$ref": f"#/$defs/d{levels - 1}", "$defs": defs}


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("schema", "fields"),
    [
        (doubling("allOf"), {}),
        ({"unevaluatedProperties": False, **doubling("dependentSchemas")}, {"s": 1, "t": 1}),
        ({"properties": {"s": {"items": {"enum": list(range(900))}}}}, {"s": [899] * 5_000}),
        ({"properties": {"s": {"uniqueItems": True}}}, {"s": [{"a": n} for n in range(20_000)]}),
        ({"properties": {"s": {"pattern": "(x?y?){900}$"}}}, {"s": "xy" * 1_000_000}),
        ({"anyOf": [{"maxProperties": 0}] * 1_500}, {"s": ["x" * 1_000] * 5_000}),
    ],
)
def test_a_check_ends_after_its_steps(schema, fields):
    schema = FieldsSchema(check_schema(schema))
    for hold in (schema.check, schema.fits):
        with pytest.raises(InvalidInput, match="too many steps for this document"):
            hold(fields)


def test_plain_documents_stay_within_their_steps():
    item = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}, "s": {"pattern": "^[a-z]+$"}}}
    schema = FieldsSchema({"properties": {"s": {"items": item}, "ids": {"uniqueItems": True}}})
    for _ in range(3):
        schema.check({"s": [{"n": 1, "s": "abc"}] * 2_000, "ids": list(range(50_000))})
