"""One adapter per store, over its selectors, behind one interface. Called by `query.engine`, on a worker's thread.

A source answers a read once for all values and says of each item by which of them it was found; it decides nothing
about links. What a principal may see is decided by the stores' rules, here applied.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol
from uuid import UUID

from core.deadlines import Deadline
from core.principals import Principal
from query.links import Place
from relational import selectors as relational
from relational.rows import TransactionRow
from relational.snapshots import read_snapshot

# Of a user, when the links lead on from all of them.
MAX_ACCOUNTS = 1000
MAX_TRANSACTIONS = 1000


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

    `limit` bounds the items of each value, `sort` is their order; None where all are wanted, in any order. `own` are
    those of the values that name the principal.
    """

    place: Place
    values: tuple[Any, ...]
    principal: Principal
    deadline: Deadline
    own: frozenset[Any] = frozenset()
    limit: int | None = None
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


class RelationalSource:
    """PostgreSQL: a batch reads one snapshot; another's account is nobody's unless the principal sees everything."""

    def session(self, deadline: Deadline) -> AbstractContextManager[None]:
        """Hold one snapshot on a connection of the pool."""
        return read_snapshot(deadline)

    def read(self, request: Request) -> Found:
        """Answer a read of users, keys, accounts or transactions. Raises: StoreError."""
        return RELATIONAL_READS[request.place.resource, request.place.field](request)

    def values_of(self, item: Item, field: str) -> Iterable[Any]:
        """Yield the one value of a row's field."""
        yield getattr(item.row, RELATIONAL_ATTRIBUTES.get((item.resource, field), field))

    def order(self, item: Item, sort: str) -> Any:
        """Order accounts by book, number and currency, transactions from the newest id."""
        del sort  # each of these has one
        row = item.row
        return -row.id.int if item.resource == "transactions" else (row.book, row.number, row.currency)


def _users_by_id(request: Request) -> Iterator[tuple[Any, Item]]:
    for user_id, row in relational.users_by_id(request.principal, request.values).items():
        yield user_id, Item("users", "", user_id, row)


def _keys_by_user(request: Request) -> Iterator[tuple[Any, Item]]:
    for user_id, rows in relational.keys_of_users(request.values).items():
        for row in rows:
            yield user_id, Item("keys", row.source, (user_id, row.source, row.key), row)


def _accounts_by_owner(request: Request) -> Iterator[tuple[Any, Item]]:
    limit = request.limit or MAX_ACCOUNTS
    for owner_id, rows in relational.accounts_of_users(request.values, limit=limit).items():
        for row in rows:
            yield owner_id, Item("accounts", row.book, row.id, row)


def _accounts_by_number(request: Request) -> Iterator[tuple[Any, Item]]:
    for row in relational.accounts_by_number(request.place.part, request.values):
        if request.principal.sees_user(row.owner_id):
            yield row.number, Item("accounts", row.book, row.id, row)


def _transactions_by_owner(request: Request) -> Iterator[tuple[Any, Item]]:
    found = relational.transactions_of_users(request.values, limit=request.limit or MAX_TRANSACTIONS)
    yield from _transaction_items(found)


def _transactions_by_account(request: Request) -> Iterator[tuple[Any, Item]]:
    found = relational.transactions_of_accounts(request.values, limit=request.limit or MAX_TRANSACTIONS)
    yield from _transaction_items(found)


def _transaction_items(found: Mapping[UUID, list[TransactionRow]]) -> Iterator[tuple[Any, Item]]:
    for value, rows in found.items():
        for row in rows:
            yield value, Item("transactions", row.book, row.id, row)


RELATIONAL_READS: Mapping[tuple[str, str], Callable[[Request], Found]] = MappingProxyType(
    {
        ("users", "id"): _users_by_id,
        ("keys", "user"): _keys_by_user,
        ("accounts", "owner"): _accounts_by_owner,
        ("accounts", "number"): _accounts_by_number,
        ("transactions", "owner"): _transactions_by_owner,
        ("transactions", "account"): _transactions_by_account,
    },
)
RELATIONAL_ATTRIBUTES: Mapping[tuple[str, str], str] = MappingProxyType({("accounts", "owner"): "owner_id"})
SOURCES: Mapping[str, Source] = MappingProxyType({"default": RelationalSource()})
