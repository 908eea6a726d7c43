"""How values become JSON: orjson; Decimal as text, times as RFC 3339 with microseconds and Z, UUIDs as text."""

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer

from core.times import format_time


def encode_json(value: Any) -> bytes:
    """Write rows (dataclasses), mappings and lists of them as JSON.

    What orjson cannot hold but JSON can (integers beyond 64 bits, lone surrogates in stored text) goes the slow way.
    """
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except orjson.JSONEncodeError:
        return json.dumps(_plain_tree(value), separators=(",", ":")).encode()


class FastJSONRenderer(BaseRenderer):
    """DRF's renderer over `encode_json`."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002 - DRF's signature
    ) -> bytes:
        """Encode an answer; None is an empty body."""
        return b"" if data is None else encode_json(data)


class LinesRenderer(FastJSONRenderer):
    """NDJSON: a page's rows, one a line; where the next page is stands in the header Link alone."""

    media_type = "application/x-ndjson"
    format = "ndjson"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002 - DRF's signature
    ) -> bytes:
        """Encode the rows of a page."""
        return b"".join(encode_json(row) + b"\n" for row in data["results"])


def without(row: Any, left_out: Collection[str]) -> dict[str, Any]:
    """Lay out a row (a dataclass or a mapping) without some of its members."""
    if isinstance(row, Mapping):
        return {name: value for name, value in row.items() if name not in left_out}
    return {each.name: getattr(row, each.name) for each in fields(row) if each.name not in left_out}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON")


def _plain_tree(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain_tree(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain_tree(inner) for inner in value]
    if is_dataclass(value):
        return {member.name: _plain_tree(getattr(value, member.name)) for member in fields(value)}
    return json.loads(orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME))
