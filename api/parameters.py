"""Query parameters: declared once per view, read strictly from there and described in OpenAPI from there.

An unknown name, a repeated one, an empty value and a wrong value are all refused.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django_filters import ChoiceFilter, Filter, FilterSet, UUIDFilter

from core.errors import InvalidInput
from core.times import parse_time
from relational.filters import MomentFilter

Reader = Callable[[str, str], Any]
DEFAULT_LIMIT = 50
MAX_LIMIT = 1000
TEXT: Mapping[str, Any] = {"type": "string"}
MOMENT: Mapping[str, Any] = {"type": "string", "format": "date-time"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter; `read(text, name)` turns its text into a value or raises InvalidInput.

    With `is_family` it stands for all parameters `NAME.anything`, and its value is a tuple of what was read.
    """

    name: str
    description: str
    read: Reader
    schema: Mapping[str, Any]
    default: Any = None
    required: bool = False
    is_family: bool = False


def read_query(given: QueryDict, declared: Sequence[Parameter]) -> dict[str, Any]:
    """Return the value of every declared parameter.

    Raises: InvalidInput for a parameter that is unknown, repeated, missing, empty or wrong.
    """
    for name, texts in given.lists():
        if not any(_bears(parameter, name) for parameter in declared):
            known = ", ".join(sorted(_shown_name(parameter) for parameter in declared)) or "none"
            raise InvalidInput(f"unknown parameter {name[:40]!r}; this address knows: {known}", path=name[:40])
        if len(texts) > 1 or not texts[0]:
            raise InvalidInput(f"{name[:40]}: give it once, with a value", path=name[:40])
    return {parameter.name: _value(given, parameter) for parameter in declared}


def _bears(parameter: Parameter, name: str) -> bool:
    return name.startswith(f"{parameter.name}.") if parameter.is_family else name == parameter.name


def _shown_name(parameter: Parameter) -> str:
    return f"{parameter.name}.FIELD" if parameter.is_family else parameter.name


def _value(given: QueryDict, parameter: Parameter) -> Any:
    if parameter.is_family:
        return tuple(parameter.read(str(given[name]), name) for name in sorted(given) if _bears(parameter, name))
    if parameter.name in given:
        return parameter.read(str(given[parameter.name]), parameter.name)
    if parameter.required:
        raise InvalidInput(f"{parameter.name} is needed", path=parameter.name)
    return parameter.default


def read_text(text: str, name: str) -> str:  # noqa: ARG001 - one signature for all readers
    """Take any text."""
    return text


def read_integer(text: str, name: str, *, lowest: int, highest: int) -> int:
    """Read a whole number within bounds.

    Raises: InvalidInput.
    """
    if len(text) <= 20 and text.isascii() and text.isdigit() and lowest <= int(text) <= highest:
        return int(text)
    raise InvalidInput(f"{name} is a whole number from {lowest} to {highest}", path=name)


def read_moment(text: str, name: str) -> datetime:
    """Read an RFC 3339 time; a blank in it is a plus sign that was not escaped.

    Raises: InvalidInput.
    """
    return parse_time(text.replace(" ", "+"), path=name)


def choice_parameter(name: str, description: str, choices: Sequence[str], *, default: str | None = None) -> Parameter:
    """Declare a parameter that takes one of a few words."""

    def read(text: str, name: str) -> str:
        if text not in choices:
            raise InvalidInput(f"{name} is one of: {', '.join(choices)}", path=name)
        return text

    return Parameter(name, description, read, {"type": "string", "enum": list(choices)}, default=default)


def filter_parameters(filters: type[FilterSet]) -> tuple[Parameter, ...]:
    """Declare the filters of a store's FilterSet; their texts go to its selector, which reads them."""
    return tuple(_filter_parameter(name, narrowing) for name, narrowing in filters.base_filters.items())


def _filter_parameter(name: str, narrowing: Filter) -> Parameter:
    description = str(narrowing.extra.get("help_text", ""))
    return Parameter(name, description, read_text, _filter_schema(narrowing))


def _filter_schema(narrowing: Filter) -> Mapping[str, Any]:
    if isinstance(narrowing, UUIDFilter):
        return {"type": "string", "format": "uuid"}
    if isinstance(narrowing, MomentFilter):
        return MOMENT
    if isinstance(narrowing, ChoiceFilter):
        return {"type": "string", "enum": [value for value, _ in narrowing.extra["choices"]]}
    return TEXT


def _read_limit(text: str, name: str) -> int:
    return read_integer(text, name, lowest=1, highest=MAX_LIMIT)


LIMIT = Parameter(
    "limit",
    f"How many at most, 1 to {MAX_LIMIT}.",
    _read_limit,
    {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    default=DEFAULT_LIMIT,
)
CURSOR = Parameter("cursor", "`next` of the page before, with the same parameters.", read_text, TEXT)
