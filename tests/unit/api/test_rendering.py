import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

import pytest

from api.rendering import encode_json


@dataclass(frozen=True, slots=True)
class Row:
    id: UUID
    amount: Decimal
    when: datetime
    details: dict[str, object]


ID = UUID("018f0000-0000-7000-8000-000000000001")
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1E+3"), '"1000"'),
        (Decimal("-0.0001"), '"-0.0001"'),
        (Decimal("12345678901234567.1234"), '"12345678901234567.1234"'),
        (NOON, '"2026-01-31T12:00:00.000000Z"'),
        (NOON.astimezone(timezone(timedelta(hours=5))), '"2026-01-31T12:00:00.000000Z"'),
        (datetime(1, 1, 1, tzinfo=UTC), '"0001-01-01T00:00:00.000000Z"'),
        (ID, f'"{ID}"'),
        (MappingProxyType({"a": 1}), '{"a":1}'),
        ((1, 2), "[1,2]"),
        (frozenset({"b", "a"}), '["a","b"]'),
        (float("nan"), "null"),
    ],
)
def test_values(value, text):
    assert encode_json(value).decode() == text


@pytest.mark.parametrize("odd", [1 << 70, "\ud800", -(1 << 63) - 1])
def test_what_orjson_cannot_hold_is_written_all_the_same(odd):
    row = Row(ID, Decimal("1.50"), NOON, {"odd": odd, "deep": [{"nan": float("nan")}, Decimal(2)]})
    assert json.loads(encode_json([row])) == [
        {
            "id": str(ID),
            "amount": "1.50",
            "when": "2026-01-31T12:00:00.000000Z",
            "details": {"odd": odd, "deep": [{"nan": None}, "2"]},
        },
    ]


def test_what_has_no_json_is_an_error():
    with pytest.raises(TypeError):
        encode_json({"a": object()})
