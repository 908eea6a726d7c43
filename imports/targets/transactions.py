"""Transactions: each record is two entries, between the account it names and one counter account of its book.

The counter account belongs to the run's owner, an account to the user whose key names it or else to the run's owner.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from bson import Decimal128

from core.errors import InvalidInput
from core.ids import derive_id
from core.principals import Principal
from imports.layouts import Layout
from imports.local_times import LocalClock
from imports.mapping import FieldMap
from imports.targets.base import Identity, Stored, Target
from imports.values import plain_json, scalar_text
from relational import selectors, services
from relational.rows import AccountKey, NewAccount, NewEntry, NewTransaction

AMOUNT = re.compile(r"[+-]?\d{1,16}(\.\d{1,4})?")
CURRENCY = re.compile(r"[A-Z]{3}")
KINDS = ("asset", "external")
SIGNS = {"out": -1, "in": 1}


@dataclass(frozen=True, slots=True)
class Purchase:
    """A record made sense of, before its accounts have ids; `signed` is what the account gains."""

    id: UUID
    booked: datetime
    account: AccountKey
    counter: AccountKey
    signed: Decimal
    description: str
    data_set: str
    details: dict[str, Any]


class Transactions(Target[Purchase]):
    """Records as transactions of two entries."""

    def __init__(self, fields: FieldMap, clock: LocalClock, *, owner: Principal, owner_source: str | None) -> None:
        self._fields = fields
        self._clock = clock
        self._owner = owner.user_id
        self._owner_source = owner_source
        self._data_set = ""
        self._other_books: Counter[str] = Counter()
        self._used = fields.used_columns()
        self._date_format = _setting(fields, "date_format")
        self._kinds = _one_of(fields, "account_kind", KINDS), _one_of(fields, "counter_kind", KINDS)
        self._sign = SIGNS[_one_of(fields, "direction", tuple(SIGNS))]

    def begin_file(self, data_set: str, layout: Layout, columns: Sequence[str] | None) -> None:
        """See Target."""
        del layout
        self._data_set = data_set
        if columns is not None:
            self._fields.check_columns(columns)

    def make_row(self, fields: Mapping[str, Any], identify: Callable[[], Identity]) -> Purchase:
        """See Target."""
        booked = self._clock.read_any(self._fields.read(fields, "date"), self._date_format)
        book = self._fields.value("book") or self._data_set
        currency, number, counter = (self._needed(fields, name) for name in ("currency", "account", "counter"))
        if not CURRENCY.fullmatch(currency):
            raise InvalidInput(f"{currency[:40]!r} is no currency: three capital letters (ISO 4217)", path="currency")
        for name, text in (("book", book), ("account", number), ("counter", counter)):
            _check_length(name, text, 64)
        if number == counter:
            raise InvalidInput(f"the account {number!r} is the counter account: name another with --set counter=…")
        identity = identify()
        return Purchase(
            derive_id(booked, identity.digest, str(identity.nth).encode()),
            booked,
            (book, number, currency),
            (book, counter, currency),
            read_amount(self._fields.read(fields, "amount")) * self._sign,
            _check_length("description", scalar_text(self._fields.read(fields, "description"), "description"), 200),
            self._data_set,
            {name: plain_json(value) for name, value in fields.items() if name not in self._used},
        )

    def _needed(self, fields: Mapping[str, Any], name: str) -> str:
        text = scalar_text(self._fields.read(fields, name), name)
        if not text:
            raise InvalidInput(f"{name} is empty", path=name)
        return text

    def prepare_store(self) -> None:
        """See Target; accounts are made batch by batch."""

    def store_rows(self, rows: Sequence[Purchase]) -> Stored:
        """See Target."""
        accounts = self._ensure_accounts(rows)
        stored = services.post_transactions([_transaction(row, accounts) for row in rows])
        self._note_other_books([row for row in rows if row.id not in stored])
        return Stored(new=len(stored), there=len(rows) - len(stored))

    def _note_other_books(self, there: Sequence[Purchase]) -> None:
        """Count what stands already, but in another book than this run's: it is the same record and stays there."""
        books = selectors.books_of_transactions([row.id for row in there]) if there else {}
        self._other_books.update(books[row.id] for row in there if books.get(row.id, row.account[0]) != row.account[0])

    def warnings(self) -> list[str]:
        """See Target."""
        return [
            f"{count} transactions are in the book {book!r} already and stay there: for another copy name a --data-set"
            for book, count in sorted(self._other_books.items())
        ]

    def _ensure_accounts(self, rows: Sequence[Purchase]) -> dict[AccountKey, UUID]:
        """Make what is missing; accounts whose key names a user are given to that user."""
        numbers = {row.account[1] for row in rows}
        users = selectors.users_of_keys(self._owner_source, numbers) if self._owner_source else {}
        account_kind, counter_kind = self._kinds
        wanted = [NewAccount(self._owner, *row.counter, counter_kind) for row in rows]
        wanted += [NewAccount(users.get(row.account[1], self._owner), *row.account, account_kind) for row in rows]
        accounts = services.ensure_accounts(wanted)
        tied = {accounts[row.account]: users[row.account[1]] for row in rows if row.account[1] in users}
        if tied:
            services.change_owners(tied)
        return accounts


def read_amount(value: Any) -> Decimal:
    """Read an amount of money: text or a number, at most 16 digits before the point and four after it.

    Raises: InvalidInput for anything else.
    """
    if isinstance(value, bool):
        raise InvalidInput(f"{value} is no amount", path="amount")
    text = str(value.to_decimal() if isinstance(value, Decimal128) else value)
    if not AMOUNT.fullmatch(text):
        raise InvalidInput(f"{text[:40]!r} is no amount: digits, a point and at most four decimals", path="amount")
    return Decimal(text)


def _transaction(row: Purchase, accounts: Mapping[AccountKey, UUID]) -> NewTransaction:
    entries = (NewEntry(accounts[row.account], row.signed), NewEntry(accounts[row.counter], -row.signed))
    return NewTransaction(row.id, row.account[0], row.booked, entries, row.description, row.data_set, row.details)


def _check_length(name: str, text: str, most: int) -> str:
    if len(text) > most:
        raise InvalidInput(f"{name} has {len(text)} characters, at most {most}: shorten it, or map another", path=name)
    return text


def _setting(fields: FieldMap, name: str) -> str:
    return fields.value(name) or ""


def _one_of(fields: FieldMap, name: str, known: Sequence[str]) -> str:
    chosen = _setting(fields, name)
    if chosen not in known:
        raise InvalidInput(f"{name} is {' or '.join(known)}, not {chosen!r}", path=name)
    return chosen
