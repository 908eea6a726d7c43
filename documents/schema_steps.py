"""The validator of collections' schemas, bounded: patterns take linear time (RE2), a check has a budget of steps.

A step is a keyword held against a value; what takes longer by its size counts as more of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import re2
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from core.errors import InvalidInput

MAX_STEPS = 100_000
PARTS_A_STEP = 16
CHARACTERS_A_STEP = 1_000
REFERENCE_STEPS = 8  # what following one costs beside other keywords
PATH = "schema"

Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]
_left: ContextVar[int] = ContextVar("steps_left", default=MAX_STEPS)
_options = re2.Options()
_options.log_errors = False


@contextmanager
def budget() -> Iterator[None]:
    """Give the check inside MAX_STEPS of its own; one that needs more raises InvalidInput."""
    token = _left.set(MAX_STEPS)
    try:
        yield
    finally:
        _left.reset(token)


def _take(steps: int) -> None:
    left = _left.get() - steps
    _left.set(left)
    if left < 0:
        raise InvalidInput("the schema needs too many steps for this document", path=PATH)


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Any:
    """Return the pattern, ready to search. Raises: re2.error for what has no linear time, as look-around has not."""
    return re2.compile(pattern, _options)


def _found(pattern: str, text: str) -> bool:
    try:
        searched = compiled(pattern)
    except re2.error as error:
        raise InvalidInput(
            "a pattern of the schema has look-around, back references or another fault", path=PATH
        ) from error
    _take(len(text) * searched.programsize // (CHARACTERS_A_STEP * PARTS_A_STEP))
    return searched.search(text) is not None


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not _found(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "object"):
        for pattern, subschema in patterns.items():
            _take(len(instance) // PARTS_A_STEP)
            for key, value in instance.items():
                if _found(pattern, key):
                    yield from validator.descend(value, subschema, path=key, schema_path=pattern)


def _additional_properties(validator: Any, additional: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """Leave out what the patterns name, then do as jsonschema does, whose own matching has no bound."""
    patterns = schema.get("patternProperties", {})
    if patterns and validator.is_type(instance, "object"):
        _take(len(instance) * len(patterns) // PARTS_A_STEP)
        instance = {key: value for key, value in instance.items() if not any(_found(each, key) for each in patterns)}
        schema = {key: value for key, value in schema.items() if key != "patternProperties"}
    yield from Draft202012Validator.VALIDATORS["additionalProperties"](validator, additional, instance, schema)


def _unique_items(validator: Any, unique: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """Count pairs of items: what does not sort is compared each with each."""
    if validator.is_type(instance, "array"):
        kinds = {type(item) for item in instance}
        plain = kinds == {str} or kinds <= {int, float}
        _take((1 if plain else len(instance)) * _parts(instance) // PARTS_A_STEP)
    yield from Draft202012Validator.VALIDATORS["uniqueItems"](validator, unique, instance, schema)


def _parts(value: Any) -> int:
    if isinstance(value, Mapping):
        return 1 + sum(map(_parts, value.values()))
    return 1 + sum(map(_parts, value)) if _is_list(value) else 1


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _counted(name: str, keyword: Keyword) -> Keyword:
    first = REFERENCE_STEPS if name in {"$ref", "$dynamicRef"} else 1

    def count(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        _take(first + (len(value) // PARTS_A_STEP if isinstance(value, (Mapping, list)) else 0))
        for error in keyword(validator, value, instance, schema) or ():
            _take(len(error.message) // CHARACTERS_A_STEP)
            yield error

    return count


def _is_boolean(_checker: Any, value: Any) -> bool:
    """Tell whether it is true or false; jsonschema asks it of each schema on its search for unevaluated values."""
    _take(1)
    return isinstance(value, bool)


_OWN: dict[str, Any] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}
BoundedValidator = extend(  # type: ignore[no-untyped-call]  # its stubs leave it untyped
    Draft202012Validator,
    validators={name: _counted(name, keyword) for name, keyword in {**Draft202012Validator.VALIDATORS, **_OWN}.items()},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("boolean", _is_boolean),
)

SCHEMA_FORMATS = FormatChecker(formats=())
SCHEMA_FORMATS.checkers = {**Draft202012Validator.FORMAT_CHECKER.checkers}


@SCHEMA_FORMATS.checks("regex", raises=re2.error)
def _is_pattern(value: object) -> bool:
    return not isinstance(value, str) or compiled(value) is not None
