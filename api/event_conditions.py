"""Conditions on events as query parameters: `kind=login`, `level:in=warning,error`, `payload.status:gte=500`."""

from collections.abc import Mapping
from typing import Any

from api.parameters import Parameter
from core.errors import InvalidInput
from timeseries.comparisons import OPERATORS
from timeseries.filters import Condition, Filters, read_condition

EQUAL = "eq"
TEXTS: Mapping[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}
OTHERS = f"other comparisons stand after a colon, {', '.join(OPERATORS)}"


def read_event_condition(text: str, name: str) -> Condition:
    """Read `FIELD=VALUE` or `FIELD:OPERATOR=VALUE`; `name` is what stands before the equals sign.

    What follows the last colon is an operator: a path with a colon in it is written with one, `payload.a:b:eq=1`.

    Raises: InvalidInput, UnsupportedQuery.
    """
    field, colon, operator = name.rpartition(":")
    if not colon:
        field, operator = operator, EQUAL
    try:
        return read_condition(field, operator, text)
    except InvalidInput as error:
        raise type(error)(error.message, path=name[:80]) from error


def _on_column(name: str) -> Parameter:
    description = f"Only events with this {name}; {OTHERS}: {name}:in=a,b."
    return Parameter(name, description, read_event_condition, TEXTS, is_family=True, mark=":")


ON_PAYLOAD = Parameter(
    "payload",
    f"Only events with this value at a path of the payload: payload.ip=10.0.0.7; {OTHERS}: payload.status:gte=500.",
    read_event_condition,
    TEXTS,
    is_family=True,
)
OF_ACTOR = (*(_on_column(name) for name in ("kind", "level", "client_id")), ON_PAYLOAD)
OF_STREAM = (_on_column("actor"), *OF_ACTOR)


def filters_of(query: Mapping[str, Any], parameters: tuple[Parameter, ...]) -> Filters:
    """Return the conditions of a query. Raises: UnsupportedQuery for too many."""
    return Filters(tuple(condition for each in parameters for condition in query[each.name]))
