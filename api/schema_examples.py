"""Examples of bodies, made from their own schemas so that they cannot lag behind. Called by `api.schema`."""

from collections.abc import Mapping
from typing import Any

from api.schema_parts import REF

BY_FORMAT: Mapping[str, str] = {
    "uuid": "01a1fd80-af12-7652-b462-4c67f130d496",
    "date-time": "2026-01-31T12:00:00.000000Z",
    "date": "2026-01-31",
    "decimal": "12.50",
    "email": "ada@example.org",
    "uri": "https://example.org/",
}
BY_NAME: Mapping[str, str] = {
    "username": "ada",
    "password": "correct horse battery",
    "new_password": "correct horse battery staple",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "currency": "CHF",
    "book": "shop",
    "number": "1001",
    "amount": "12.50",
    "balance": "87.50",
    "actor": "user:01a1fd80-af12-7652-b462-4c67f130d496",
    "collection": "profiles",
    "name": "profiles",
    "stream": "shop.log",
}
DEEPEST = 6


def example_of(schema: Mapping[str, Any], components: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
    """Return a value that the schema allows."""
    if "$ref" in schema:
        return example_of(components[schema["$ref"].removeprefix(REF)], components, name, depth)
    for said in ("example", "const", "default"):
        if schema.get(said) is not None:
            return schema[said]
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return example_of(schema[several][0], components, name, depth)
    return _of_kind(schema, components, name, depth)


def _of_kind(schema: Mapping[str, Any], components: Mapping[str, Any], name: str, depth: int) -> Any:
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object":
        members = schema.get("properties", {})
        return {each: example_of(inner, components, each, depth + 1) for each, inner in members.items()}
    if kind == "array":
        inner = schema.get("items", {})
        return [example_of(inner, components, name, depth + 1)] if inner and depth < DEEPEST else []
    if kind in ("integer", "number"):
        return max(schema.get("minimum", 1), 1)
    if kind == "boolean":
        return True
    return None if kind == "null" else _text(schema, name)


def _text(schema: Mapping[str, Any], name: str) -> str:
    by_format = BY_FORMAT.get(str(schema.get("format")))
    text = by_format or BY_NAME.get(name, name or "text")
    return text[: schema.get("maxLength", len(text))]
