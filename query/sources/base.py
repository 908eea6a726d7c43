"""What a store is to the engine: one interface, and what goes in and out of it. Implemented by the modules beside it.

A source answers a read once for all values and says of each item by which of them it was found; it decides nothing
about links. What a principal may see is decided by the stores' rules, here applied.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from core.deadlines import Deadline
from core.principals import Principal
from query.links import Place


@dataclass(frozen=True, slots=True)
class Item:
    """Something read: its resource, part (book, collection, stream), identity in the resource, and the store's row."""

    resource: str
    part: str
    id: Any
    row: Any


@dataclass(frozen=True, slots=True)
class Request:
    """What one read asks of one store: things at a place with one of `values`.

    `limit` bounds the items of each value, in the order of `sort`, which is empty where none was asked for. `own` are
    those of the values that name the principal.
    """

    place: Place
    values: tuple[Any, ...]
    principal: Principal
    deadline: Deadline
    limit: int
    own: frozenset[Any] = frozenset()
    sort: str = ""


Found = Iterable[tuple[Any, Item]]
"""Items, each with the value by which it was found; an item may be found by several."""


class Source(Protocol):
    """A store as the engine sees it."""

    def session(self, deadline: Deadline) -> AbstractContextManager[None]:
        """Hold what the reads of one batch share, e.g. a snapshot."""

    def read(self, request: Request) -> Found:
        """Answer one read.

        Raises: errors of core.errors, StoreError when the store failed.
        """

    def values_of(self, item: Item, field: str) -> Iterable[Any]:
        """Yield the values of a field of an item: none when it is missing, each of a list."""

    def order(self, item: Item, sort: str) -> Any:
        """Return what items are ordered by, ascending."""
