"""What each operator of a condition means for a field's values. Pure; called by `filters` and lookups.

What is compared has a type: numbers with numbers, texts with texts (by code points), truth values with each other. A
field that is missing or null has no values and meets nothing but `exists` false; of a list any element will do (`ne`:
none may be equal).
"""

import math
import operator as compare
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson

from core.errors import InvalidInput, UnsupportedQuery
from timeseries.paths import is_storable

MAX_CHOICES = 100
MEANINGS = 3  # of a text in an address: itself, a number, a truth value
MAX_VALUE_CHARACTERS = 1_024
OPERATORS = ("eq", "in", "ne", "lt", "lte", "gt", "gte", "prefix", "exists")
EQUALITIES = ("eq", "in", "ne")
RANGES: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {"lt": compare.lt, "lte": compare.le, "gt": compare.gt, "gte": compare.ge}
)
LAST_PLAIN = 10**15  # whole numbers below it are written with all their digits, as integers and as doubles
Test = Callable[[list[Any]], bool]
Typed = tuple[str, Any]


def typed(value: Any) -> Typed:
    """Return a value with the mark of its type: two are equal where these are. An object equals nothing."""
    if isinstance(value, bool):
        return "truth", value
    if isinstance(value, (int, float)):
        return "number", value
    return ("text", value) if isinstance(value, str) else ("object", None)


def test_of(operator: Any, value: Any, *, path: str) -> Test:
    """Return the test of a field's values for one of OPERATORS.

    Raises: InvalidInput, UnsupportedQuery, whose path is `path`.
    """
    if operator not in OPERATORS:
        raise UnsupportedQuery(f"no operator {str(operator)[:40]!r}: there are {', '.join(OPERATORS)}", path=path)
    if operator == "exists":
        if not isinstance(value, bool):
            raise InvalidInput("exists takes true or false", path=path)
        return lambda values: bool(values) is value
    if operator in EQUALITIES:
        return _equality(operator, _choices(value, path))
    mark, bound = _check_value(value, path)
    if mark == "truth" or (operator == "prefix" and mark != "text"):
        raise InvalidInput(f"{operator} takes a text{'' if operator == 'prefix' else ' or a number'}", path=path)
    if operator == "prefix":
        return lambda values: any(isinstance(each, str) and each.startswith(bound) for each in values)
    holds = RANGES[operator]
    return lambda values: any(kind == mark and holds(each, bound) for kind, each in map(typed, values))


def needles_of(operator: str, value: Any) -> tuple[str, ...]:
    """Return texts of which every payload that meets an equality has one; none where that is not sure."""
    if operator not in ("eq", "in"):
        return ()
    needles = [_needle(each) for each in choices_of(value)]
    return tuple(needles) if all(needles) else ()


def choices_of(value: Any) -> Sequence[Any]:
    """Return the values of an equality, whether it has one or several."""
    return value if isinstance(value, (tuple, list)) else (value,)


def _equality(operator: str, wanted: frozenset[Typed]) -> Test:
    if operator == "ne":
        return lambda values: bool(values) and wanted.isdisjoint(map(typed, values))
    return lambda values: not wanted.isdisjoint(map(typed, values))


def _choices(value: Any, path: str) -> frozenset[Typed]:
    choices = choices_of(value)
    if not 0 < len(choices) <= MAX_CHOICES * MEANINGS:
        raise InvalidInput(f"in takes 1 to {MAX_CHOICES} values", path=path)
    return frozenset(_check_value(each, path) for each in choices)


def _check_value(value: Any, path: str) -> Typed:
    mark, plain = typed(value)
    is_bad_text = mark == "text" and not (0 < len(value) <= MAX_VALUE_CHARACTERS and is_storable(value))
    if mark == "object" or is_bad_text or (isinstance(value, float) and not math.isfinite(value)):
        known = f"a text of 1 to {MAX_VALUE_CHARACTERS} characters, a number or a truth value"
        raise InvalidInput(f"compare with {known}", path=path)
    return mark, plain


def _needle(value: Any) -> str:
    """Return how the value is written in every payload that has it, as orjson writes; empty where that varies."""
    if isinstance(value, float) or (typed(value)[0] == "number" and not -LAST_PLAIN < value < LAST_PLAIN):
        return ""
    return orjson.dumps(value).decode()
