"""Conditions on events: read from an address or from JSON, checked, and held against rows. Pure.

`comparisons` says what the operators mean, `paths` what a field's name does. Called by `api/`, selectors and exports,
which keep conditions in manifests.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import orjson

from core.errors import InvalidInput, UnsupportedQuery
from timeseries.comparisons import EQUALITIES, RANGES, Test, choices_of, needles_of, test_of
from timeseries.events import check_actor
from timeseries.paths import COLUMNS, FieldName, FilterRow, parse_field, values_at

MAX_CONDITIONS = 20
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,39})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
WORDS: Mapping[str, bool] = MappingProxyType({"true": True, "false": False})
MEMBERS = {"field", "operator", "value"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A field's name, one of OPERATORS, and what it is compared with; `in` has a tuple of values."""

    field: str
    operator: str
    value: Any

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it; `read_filters` reads that."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"field": self.field, "operator": self.operator, "value": value}


@dataclass(frozen=True)
class Filters:
    """Conditions that must all hold; without any, everything does. Raises: InvalidInput, UnsupportedQuery."""

    conditions: tuple[Condition, ...] = ()
    fields: tuple[FieldName, ...] = field(init=False, repr=False, compare=False)
    _on_columns: tuple[tuple[int, Test], ...] = field(init=False, repr=False, compare=False)
    _on_payload: tuple[tuple[tuple[str, ...], Test], ...] = field(init=False, repr=False, compare=False)
    _needles: tuple[tuple[str, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.conditions) > MAX_CONDITIONS:
            raise UnsupportedQuery(f"at most {MAX_CONDITIONS} conditions at once", path="filters")
        names = [parse_field(each.field) for each in self.conditions]
        tests = [test_of(each.operator, each.value, path=each.field) for each in self.conditions]
        found = [
            needles_of(each.operator, each.value)
            for name, each in zip(names, self.conditions, strict=True)
            if not name.is_column
        ]
        pairs = list(zip(names, tests, strict=True))
        keep = object.__setattr__
        keep(self, "fields", tuple(names))
        keep(self, "_on_columns", tuple((name.place, test) for name, test in pairs if name.is_column))
        keep(self, "_on_payload", tuple((name.steps, test) for name, test in pairs if not name.is_column))
        keep(self, "_needles", tuple(needles for needles in found if needles))

    def __bool__(self) -> bool:
        return bool(self.conditions)

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns of the tables that `matches` looks at."""
        return frozenset(name.column for name in self.fields)

    def matches(self, row: FilterRow) -> bool:
        """Tell whether all conditions hold for (kind, level, actor, client_id, payload); the last is JSON as stored.

        The payload is parsed only where the conditions on it can still hold.
        """
        for place, test in self._on_columns:
            if not test([row[place]] if row[place] else []):
                return False
        if not self._on_payload:
            return True
        text = row[len(COLUMNS)]
        if self._needles and not self._can_hold(text if isinstance(text, str) else text.decode()):
            return False
        payload = orjson.loads(text)
        return all(test(values_at(payload, steps)) for steps, test in self._on_payload)

    def as_json(self) -> list[dict[str, Any]]:
        """Return the conditions as JSON has them; `read_filters` reads that."""
        return [each.as_json() for each in self.conditions]

    def _can_hold(self, text: str) -> bool:
        return all(any(needle in text for needle in needles) for needles in self._needles)


def read_filters(raw: Any) -> Filters:
    """Read conditions from JSON: a list of `{"field", "operator", "value"}`.

    Raises: InvalidInput, UnsupportedQuery, naming the wrong place.
    """
    if not isinstance(raw, list):
        raise InvalidInput("filters are a list of conditions", path="filters")
    for place, each in enumerate(raw):
        if not isinstance(each, dict) or each.keys() != MEMBERS:
            raise InvalidInput("a condition has field, operator and value", path=f"filters[{place}]")
    return Filters(tuple(_read_json(each) for each in raw))


def read_condition(name: str, operator: str, text: str) -> Condition:
    """Read a condition whose value is a text, as in an address.

    Of a payload, `500` equals the text and the number, and a range that ends at a number is one of numbers, else of
    texts; `in` takes values between commas, `exists` true or false.

    Raises: InvalidInput, UnsupportedQuery.
    """
    known = parse_field(name)
    value: Any = text
    if operator in EQUALITIES:
        parts = text.split(",") if operator == "in" else [text]
        value = tuple(_actor_form(known, meaning) for part in parts for meaning in _meanings(known, part))
        operator = "ne" if operator == "ne" else "in"
    elif operator == "exists":
        value = WORDS.get(text, text)
    elif operator in RANGES and not known.is_column and NUMBER.fullmatch(text):
        value = _read_number(text)
    test_of(operator, value, path=name)
    return Condition(name, operator, value)


def _read_json(raw: Mapping[str, Any]) -> Condition:
    name, operator, value = parse_field(raw["field"]), raw["operator"], raw["value"]
    if operator in EQUALITIES:
        choices = tuple(_actor_form(name, each) for each in choices_of(value))
        value = choices if isinstance(value, list) else choices[0]
    return Condition(name.name, operator, value)


def _actor_form(name: FieldName, value: Any) -> Any:
    return check_actor(value) if name.name == "actor" else value


def _meanings(name: FieldName, text: str) -> list[Any]:
    meanings: list[Any] = [text]
    if not name.is_column and NUMBER.fullmatch(text):
        meanings.append(_read_number(text))
    if not name.is_column and text in WORDS:
        meanings.append(WORDS[text])
    return meanings


def _read_number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)
