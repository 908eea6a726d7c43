"""Query parameters: declared once per view, read strictly from there and described in OpenAPI from there.

An unknown name, a repeated one, an empty value and a wrong value are all refused.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django_filters import ChoiceFilter, Filter, FilterSet, UUIDFilter

from core.errors import InvalidInput, UnsupportedQuery
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

    With `is_family` it stands for all parameters `NAME.anything`, and its value is a tuple of what was read; with the
    `mark` ":" for NAME itself and all `NAME:anything`.
    """

    name: str
    description: str
    read: Reader
    schema: Mapping[str, Any]
    default: Any = None
    required: bool = False
    is_family: bool = False
    mark: str = "."

    @property
    def shown_name(self) -> str:
        """How the parameter is written where all are listed."""
        if not self.is_family:
            return self.name
        return f"{self.name}.FIELD" if self.mark == "." else f"{self.name}, {self.name}{self.mark}OPERATOR"

    def bears(self, name: str) -> bool:
        """Tell whether a family has the parameter of that name."""
        return name.startswith(f"{self.name}{self.mark}") or (self.mark != "." and name == self.name)


class DeclaredQuery:
    """The parameters that an address knows, and the reading of a query by them."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.parameters = tuple(parameters)
        self._single = {each.name: each for each in parameters if not each.is_family}
        self._families = tuple(each for each in parameters if each.is_family)
        self._defaults = {each.name: () if each.is_family else each.default for each in parameters}
        self._required = tuple(each for each in parameters if each.required)

    def read(self, given: QueryDict) -> dict[str, Any]:
        """Return the value of every declared parameter.

        Raises: InvalidInput that names every parameter that is unknown, repeated, missing, empty or wrong.
        """
        values, refusals = dict(self._defaults), []
        for name in sorted(given):
            try:
                self._read_one(name, given.getlist(name), values)
            except InvalidInput as refusal:
                refusals.append(refusal)
        refusals += [
            InvalidInput(f"{each.name} is needed", path=each.name) for each in self._required if each.name not in given
        ]
        if refusals:
            raise _all_of(refusals)
        return values

    def _read_one(self, name: str, texts: Sequence[Any], values: dict[str, Any]) -> None:
        parameter = self._single.get(name) or next((each for each in self._families if each.bears(name)), None)
        if parameter is None:
            known = ", ".join(sorted(each.shown_name for each in self.parameters)) or "none"
            raise InvalidInput(f"unknown parameter {name[:40]!r}; this address knows: {known}", path=name[:40])
        if len(texts) > 1 or not texts[0]:
            raise InvalidInput(f"{name[:40]}: give it once, with a value", path=name[:40])
        value = parameter.read(str(texts[0]), name)
        values[parameter.name] = (*values[parameter.name], value) if parameter.is_family else value


def _all_of(refusals: Sequence[InvalidInput]) -> InvalidInput:
    """Return one refusal that names all wrong fields."""
    if len(refusals) == 1:
        return refusals[0]
    errors = [error for refusal in refusals for error in refusal.errors]
    return InvalidInput("; ".join(f"{path}: {message}" for path, message in errors), errors=errors)


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


def sort_parameter(first: str, *others: str) -> Parameter:
    """Declare the orders that an index serves: `-booked` is by `booked` descending; the first is the usual one."""
    orders = (first, *others)

    def read(text: str, name: str) -> str:
        if text not in orders:
            raise UnsupportedQuery(f"{name} is one of: {', '.join(orders)}; no index serves another order", path=name)
        return text

    return Parameter(
        "sort",
        "In which order; - is descending.",
        read,
        {"type": "string", "enum": [*orders], "default": first},
        default=first,
    )


def fields_parameter(known: Sequence[str]) -> Parameter:
    """Declare which of a thing's fields are given; its value is the set of those to leave out, empty for all."""

    def read(text: str, name: str) -> frozenset[str]:
        chosen = text.split(",")
        unknown = sorted(set(chosen) - set(known))
        if unknown:
            raise InvalidInput(f"no field {unknown[0][:40]!r}; there are {', '.join(known)}", path=name)
        return frozenset(known) - frozenset(chosen)

    one = f"({'|'.join(known)})"
    schema = {"type": "string", "pattern": f"^{one}(,{one})*$"}
    return Parameter("fields", "Only these, comma-separated.", read, schema, default=frozenset())


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
