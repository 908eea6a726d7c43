"""The question of a mixed read, as frozen data, and its notation `accounts,transactions(limit:20,sort:-booked)`.

Called by `api/` (which parses what a request asks) and by `query.engine`. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.errors import InvalidInput, TooLarge, UnsupportedQuery
from query.resources import EXPANDABLE, RESOURCES, ROOT

DEFAULT_LIMIT = 20
MAX_LIMIT = 200
MAX_EXPAND_CHARACTERS = 1000
PATH = "expand"

NAME = re.compile(r"[A-Za-z_]+")
OPTIONS = re.compile(r"\(([^()]*)\)")
LIMIT = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class Expansion:
    """A resource to be given beside each root: at most `limit` items (1 to 200), in the order of `sort`."""

    resource: str
    limit: int = DEFAULT_LIMIT
    sort: str = ""

    def __post_init__(self) -> None:
        path = f"{PATH}.{self.resource}"
        if self.resource not in EXPANDABLE:
            known = ", ".join(EXPANDABLE)
            raise InvalidInput(f"cannot expand {self.resource[:40]!r}: write {known}", path=PATH)
        sorts = RESOURCES[self.resource].sorts
        if not self.sort:
            object.__setattr__(self, "sort", sorts[0])
        if self.sort not in sorts:
            raise UnsupportedQuery(
                f"{self.resource} cannot be sorted by {self.sort[:40]!r}: write {', '.join(sorts)}", path=f"{path}.sort"
            )
        if not 1 <= self.limit <= MAX_LIMIT:
            raise InvalidInput(f"the limit is {self.limit}: write 1 to {MAX_LIMIT}", path=f"{path}.limit")


@dataclass(frozen=True, slots=True)
class MixedQuery:
    """Roots of one resource, and what is to be given beside each of them."""

    expansions: tuple[Expansion, ...] = ()
    root: str = field(default=ROOT)

    def __post_init__(self) -> None:
        if self.root != ROOT:
            raise UnsupportedQuery(
                f"{self.root[:40]!r} cannot be the root of a mixed read: only {ROOT} can", path="root"
            )
        names = [expansion.resource for expansion in self.expansions]
        for name in names:
            if names.count(name) > 1:
                raise InvalidInput(f"{name} is asked for twice: once is enough", path=f"{PATH}.{name}")

    def expansion_of(self, resource: str) -> Expansion | None:
        """Return what is asked of a resource, None when it is not asked for."""
        return next((expansion for expansion in self.expansions if expansion.resource == resource), None)


def parse_expansions(text: str) -> tuple[Expansion, ...]:
    """Read `name` or `name(limit:N,sort:ORDER)`, separated by commas; an empty text asks for nothing.

    Raises: InvalidInput for what is not known, given twice or misspelt (`path` names it), UnsupportedQuery for an order
    or a depth that cannot be answered, TooLarge beyond 1,000 characters.
    """
    if len(text) > MAX_EXPAND_CHARACTERS:
        raise TooLarge(f"over {MAX_EXPAND_CHARACTERS} characters", path=PATH)
    expansions: list[Expansion] = []
    position = 0
    while position < len(text):
        if expansions:
            position = _expect_comma(text, position)
        expansion, position = _parse_expansion(text, position)
        expansions.append(expansion)
    return MixedQuery(tuple(expansions)).expansions


def _expect_comma(text: str, position: int) -> int:
    if text[position] != ",":
        raise InvalidInput(f"a comma is missing before {text[position : position + 20]!r}", path=PATH)
    return position + 1


def _parse_expansion(text: str, position: int) -> tuple[Expansion, int]:
    name = NAME.match(text, position)
    if name is None:
        raise InvalidInput(f"a name is missing at character {position + 1}: write {', '.join(EXPANDABLE)}", path=PATH)
    expansion = Expansion(name[0])
    if text[name.end() : name.end() + 1] != "(":
        return expansion, name.end()
    options = OPTIONS.match(text, name.end())
    if options is None:
        raise _unclosed(text[name.end() + 1 :], path=f"{PATH}.{name[0]}")
    return _with_options(name[0], options[1].split(",")), options.end()


def _unclosed(rest: str, *, path: str) -> InvalidInput:
    if "(" in rest:
        return UnsupportedQuery("expansions go one level deep: no parentheses within parentheses", path=path)
    return InvalidInput("a closing parenthesis is missing", path=path)


def _with_options(name: str, options: Sequence[str]) -> Expansion:
    given: dict[str, str] = {}
    for option in options:
        key, _, value = option.partition(":")
        path = f"{PATH}.{name[:40]}.{key[:40]}"
        if not value or key not in ("limit", "sort"):
            raise InvalidInput(f"{option[:40]!r} is no option: write limit:N or sort:ORDER", path=path)
        if key in given:
            raise InvalidInput(f"{key} is given twice", path=path)
        given[key] = value
    return Expansion(name, _parse_limit(given, name), given.get("sort", ""))


def _parse_limit(given: dict[str, str], name: str) -> int:
    text = given.get("limit", str(DEFAULT_LIMIT))
    if not LIMIT.fullmatch(text):
        raise InvalidInput(f"the limit {text[:20]!r} is no number: write 1 to {MAX_LIMIT}", path=f"{PATH}.{name}.limit")
    return int(text)
