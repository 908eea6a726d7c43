"""Stores in memory behind the sources' interface, to see how the engine behaves when one is late, down or slow."""

from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from core.deadlines import Deadline
from core.principals import Principal, Role
from query.engine import expand_users
from query.language import parse_expansions
from query.links import SCHEMA_LINKS, parse_link
from query.sources import Item

ADA, BOB, EVE = (UUID(int=number) for number in (1, 2, 3))


def row(resource, part="", /, **fields):
    """An item whose id is its fields."""
    return Item(resource, part, repr(sorted(fields.items())), SimpleNamespace(**fields))


@dataclass
class MemorySource:
    """Rows of one store; `before_read` is called with each request, on the worker's thread; `requests` are kept."""

    rows: list[Item] = field(default_factory=list)
    before_read: Callable[[Any], Any] | None = None
    requests: list[Any] = field(default_factory=list)
    sessions: int = 0

    @contextmanager
    def session(self, deadline):
        self.sessions += 1
        yield

    def read(self, request):
        self.requests.append(request)
        if self.before_read:
            self.before_read(request)
        given: Counter[Any] = Counter()
        for item in sorted(self.rows, key=lambda item: self.order(item, request.sort)):
            if item.resource == request.place.resource and request.place.part in ("", item.part):
                for value in set(self.values_of(item, request.place.field)) & set(request.values):
                    given[value] += 1
                    if given[value] <= request.limit:
                        yield value, item

    def values_of(self, item, field):
        value = getattr(item.row, field, None)
        return value if isinstance(value, list) else [] if value is None else [value]

    def order(self, item, sort):
        place = getattr(item.row, "place", 0)
        return -place if sort.startswith("-") else place


def stores():
    """Ada with a key, an account, a document and events; Bob with an account; Eve with nothing."""
    users = [Item("users", "", user, SimpleNamespace(id=user)) for user in (ADA, BOB, EVE)]
    return {
        "default": MemorySource(
            [
                *users,
                row("keys", "badges", user=ADA, key="7"),
                row("keys", "badges", user=BOB, key="7"),
                row("keys", "badges", user=BOB, key="eight"),
                row("accounts", "shop", id=UUID(int=11), owner=ADA, number="a", place=1),
                row("accounts", "shop", id=UUID(int=12), owner=BOB, number="b", place=2),
            ],
        ),
        "documents": MemorySource(
            [
                row("documents", "badges", number=7, place=1, accounts=["b", {"odd": 1}]),
                row("documents", "badges", number=8, place=2, accounts=[]),
            ],
        ),
        "timeseries": MemorySource([row("events", "doors", actor=f"user:{ADA}", place=place) for place in range(5)]),
    }


LINKS = [
    {
        "name": "badge",
        "source": "keys[badges].key",
        "target": "documents[badges].number",
        "conversion": "text_to_int",
    },
    {
        "name": "badge_account",
        "source": "documents[badges].accounts",
        "target": "accounts[shop].number",
        "conversion": "text",
    },
]
ALL_LINKS = (*SCHEMA_LINKS, *map(parse_link, LINKS))
ANALYST = Principal(EVE, Role.ANALYST)


def ask(expand, sources, *, users=(ADA,), deadline_s=30.0, links=ALL_LINKS, principal=ANALYST):
    return expand_users(
        principal,
        users,
        parse_expansions(expand),
        Deadline(deadline_s),
        links=links,
        sources=sources,
    )


def places(expanded):
    return [reached.row.place for reached in expanded.items]


def failing(error):
    def fail(request):
        raise error

    return fail
