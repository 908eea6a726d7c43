"""PostgreSQL as a source: users, keys, accounts and transactions, each by a selector for all values at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any
from uuid import UUID

from core.deadlines import Deadline
from query.sources.base import Found, Item, Request
from relational import selectors
from relational.rows import TransactionRow
from relational.snapshots import read_snapshot


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
    for user_id, row in selectors.users_by_id(request.principal, request.values).items():
        yield user_id, Item("users", "", user_id, row)


def _keys_by_user(request: Request) -> Iterator[tuple[Any, Item]]:
    for user_id, rows in selectors.keys_of_users(request.values).items():
        for row in rows:
            yield user_id, Item("keys", row.source, (user_id, row.source, row.key), row)


def _accounts_by_owner(request: Request) -> Iterator[tuple[Any, Item]]:
    for owner_id, rows in selectors.accounts_of_users(request.values, limit=request.limit).items():
        for row in rows:
            yield owner_id, Item("accounts", row.book, row.id, row)


def _accounts_by_number(request: Request) -> Iterator[tuple[Any, Item]]:
    for row in selectors.accounts_by_number(request.place.part, request.values):
        if request.principal.reads_of(row.owner_id):
            yield row.number, Item("accounts", row.book, row.id, row)


def _transactions_by_owner(request: Request) -> Iterator[tuple[Any, Item]]:
    found = selectors.transactions_of_users(request.values, limit=request.limit)
    yield from _transaction_items(found)


def _transactions_by_account(request: Request) -> Iterator[tuple[Any, Item]]:
    found = selectors.transactions_of_accounts(request.values, limit=request.limit)
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
