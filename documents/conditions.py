"""Filters on documents: conditions checked and turned into MongoDB's own. Pure; called by selectors.

Only the operators listed here exist; what a user writes is always a value, never a part of a query.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from bson import ObjectId
from bson.decimal128 import Decimal128

from core.errors import InvalidInput, UnsupportedQuery
from core.times import parse_time
from documents.checks import check_path, fit_value
from documents.ids import ID_FIELD, MAX_INT64, MIN_INT64, parse_id, read_id
from documents.rows import Condition

NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
RANGES = frozenset({"gt", "gte", "lt", "lte"})
MILLISECOND = timedelta(milliseconds=1)
LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
MAX_CONDITIONS = 20
MAX_CHOICES = 1000
WORDS: Mapping[str, Any] = MappingProxyType({"true": True, "false": False, "null": None})
COMPARED = (bool, int, float, str, Decimal, Decimal128, datetime, UUID, ObjectId)


def match_conditions(conditions: Iterable[Condition]) -> dict[str, Any]:
    """Return the condition of MongoDB's that all of `conditions` make together.

    Raises: InvalidInput or UnsupportedQuery, with the path, for a wrong path, operator or value.
    """
    matched = [_match_path(each) for each in conditions]
    if len(matched) > MAX_CONDITIONS:
        raise UnsupportedQuery(f"at most {MAX_CONDITIONS} conditions at once")
    return {"$and": matched} if matched else {}


def read_condition(path: str, operator: str, text: str) -> Condition:
    """Read a condition whose value is a text, as in an address: the text stands for each value it is the writing of.

    `10280` is the text and the number, `true` the text and the truth value, an ObjectId's digits both; `in` takes
    texts between commas; a range is one of texts and, where the text is that of a number or a time, one of those.

    Raises: InvalidInput for `exists` with anything but true or false, for a range that ends at no number that is kept.
    """
    if operator == "eq":
        return Condition(path, "in", tuple(_meanings(path, text)))
    if operator == "in":
        return Condition(path, "in", tuple(value for part in text.split(",") for value in _meanings(path, part)))
    if operator == "exists":
        if text not in ("true", "false"):
            raise InvalidInput("exists takes true or false", path=path)
        return Condition(path, operator, text == "true")
    return Condition(path, operator, _ranged(path, operator, text))


def _meanings(path: str, text: str) -> list[Any]:
    if path == ID_FIELD:
        return [parse_id(text)]
    meanings: list[Any] = [text]
    if text in WORDS:
        meanings.append(WORDS[text])
    for read in (_read_number, _read_double, _read_decimal, parse_id, parse_time):
        try:
            value = fit_value(read(text))
        except (InvalidInput, ValueError):
            continue
        if not any(value == known for known in meanings):
            meanings.append(value)
    return meanings


def _ranged(path: str, operator: str, text: str) -> tuple[Any, ...]:
    if path == ID_FIELD:
        return (parse_id(text),)
    readings: list[Any] = [text]
    if NUMBER.fullmatch(text):
        readings.append(fit_value(_read_bound(path, text), path=path))
    with suppress(InvalidInput):
        readings.append(_round_bound(operator, parse_time(text)))
    return tuple(readings)


def _read_bound(path: str, text: str) -> int | float | Decimal:
    """Read the number that a range ends at; an integer beyond 64 bits still has numbers on either side."""
    number = _read_number(text)
    if isinstance(number, float) and not math.isfinite(number):
        raise InvalidInput(f"the number {text[:24]} is beyond a double", path=path)
    return number if MIN_INT64 <= number <= MAX_INT64 or isinstance(number, float) else Decimal(text)


def _round_bound(operator: str, moment: datetime) -> datetime:
    """Return a time of whole milliseconds, as all that are stored, that bounds the same of them."""
    kept = moment - timedelta(microseconds=moment.microsecond % 1000)
    is_next = kept != moment and operator in ("gte", "lt") and kept < LAST_MOMENT
    return kept + MILLISECOND if is_next else kept


def _read_number(text: str) -> int | float:
    if not NUMBER.fullmatch(text):
        raise ValueError("no number")
    return int(text) if _is_whole(text) else float(text)


def _read_double(text: str) -> float:
    """Read a whole number beyond 64 bits that is a double, exactly or by the shortest writing of one."""
    if not _is_whole(text) or MIN_INT64 <= int(text) <= MAX_INT64:
        raise ValueError("no whole number beyond 64 bits")
    number = float(text)
    if Decimal(text) not in (Decimal(number), Decimal(repr(number))):
        raise ValueError("no double")
    return number


def _read_decimal(text: str) -> Decimal:
    if not NUMBER.fullmatch(text) or (_is_whole(text) and MIN_INT64 <= int(text) <= MAX_INT64):
        raise ValueError("no decimal")
    return Decimal(text)


def _is_whole(text: str) -> bool:
    return bool(NUMBER.fullmatch(text)) and text.lstrip("-").isdigit()


def _match_path(condition: Condition) -> dict[str, Any]:
    """Turn a condition; a range of several readings of one text holds by any: MongoDB compares within a type."""
    path = check_path(condition.path)
    if condition.operator in RANGES and isinstance(condition.value, tuple):
        return {"$or": [{path: _match(replace(condition, value=reading))} for reading in condition.value]}
    return {path: _match(condition)}


def _match(condition: Condition) -> dict[str, Any]:
    match = OPERATORS.get(condition.operator)
    if match is None:
        known = ", ".join(OPERATORS)
        raise UnsupportedQuery(f"no operator {condition.operator[:40]!r}: there are {known}", path=condition.path)
    return match(condition)


def _value(value: Any, path: str) -> Any:
    if value is None:
        return None
    if not isinstance(value, COMPARED):
        raise InvalidInput("compare with a text, number, truth value, time or id", path=path)
    return read_id(value) if path == ID_FIELD else fit_value(value, path=path)


def _compare(name: str) -> Callable[[Condition], dict[str, Any]]:
    def match(condition: Condition) -> dict[str, Any]:
        if condition.value is None and name != "$eq":
            raise InvalidInput("there is nothing above or below null", path=condition.path)
        return {name: _value(condition.value, condition.path)}

    return match


def _among(condition: Condition) -> dict[str, Any]:
    if not isinstance(condition.value, (list, tuple, set, frozenset)) or len(condition.value) > MAX_CHOICES:
        raise InvalidInput(f"in takes a list of at most {MAX_CHOICES} values", path=condition.path)
    return {"$in": [_value(value, condition.path) for value in condition.value]}


def _exists(condition: Condition) -> dict[str, Any]:
    if not isinstance(condition.value, bool):
        raise InvalidInput("exists takes true or false", path=condition.path)
    return {"$exists": condition.value}


OPERATORS: Mapping[str, Callable[[Condition], dict[str, Any]]] = MappingProxyType(
    {
        "eq": _compare("$eq"),
        "in": _among,
        "gt": _compare("$gt"),
        "gte": _compare("$gte"),
        "lt": _compare("$lt"),
        "lte": _compare("$lte"),
        "exists": _exists,
    },
)
