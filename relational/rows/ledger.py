"""Rows of accounts, transactions and statements, and what is to be opened and posted."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

AccountKey = tuple[str, str, str]
"""(book, number, currency)."""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A ledger account with its balance."""

    id: UUID
    owner_id: UUID
    book: str
    number: str
    currency: str
    kind: str
    balance: Decimal
    overdraft_limit: Decimal
    created: datetime


ACCOUNT_FIELDS = tuple(column.name for column in fields(AccountRow))
ACCOUNT_COLUMNS = ", ".join(ACCOUNT_FIELDS)
"""For statements: what they select is the row, column by column."""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One line of a transaction, with the account's name."""

    account_id: UUID
    number: str
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """A transaction with all its entries; who posted it, which one it reverses and which one reverses it."""

    id: UUID
    book: str
    booked: datetime
    description: str
    data_set: str
    details: dict[str, Any]
    posted_by: UUID | None
    reverses: UUID | None
    reversed_by: UUID | None
    entries: tuple[EntryRow, ...]


@dataclass(frozen=True, slots=True)
class StatementRow:
    """An entry of an account with its transaction; `balance` is the account's after it."""

    id: UUID
    transaction_id: UUID
    booked: datetime
    description: str
    reverses: UUID | None
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class StatementPlace:
    """Where a page of a statement ended, and what the next one starts from.

    `balance` is the account's after the next older entry, None when not known; it holds as long as the account's
    count of `backdated` entries is the same.
    """

    transaction_id: UUID
    entry_id: UUID
    balance: Decimal | None
    backdated: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A page of a statement, newest entry first, and how many entries of the account were put into its past."""

    rows: tuple[StatementRow, ...]
    backdated: int


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be there: made when missing."""

    owner_id: UUID
    book: str
    number: str
    currency: str
    kind: str = "asset"

    @property
    def key(self) -> AccountKey:
        """What makes it one account."""
        return (self.book, self.number, self.currency)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An amount into (positive) or out of (negative) an account, in the account's currency."""

    account_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class NewTransaction:
    """A transaction to be posted; the id is its identity: posting it twice is posting it once.

    The id is of the time of booking, as `core.ids` derives it: reads by time rely on that.
    """

    id: UUID
    book: str
    booked: datetime
    entries: tuple[NewEntry, ...]
    description: str = ""
    data_set: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewPosting:
    """A transaction that is made and booked now, in the book of its accounts."""

    entries: tuple[NewEntry, ...]
    description: str = ""
