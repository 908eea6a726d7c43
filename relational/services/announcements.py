"""What the outbox tells of the ledger, in the transaction that posts: `transaction.posted` and `owner.summarised`.

A summary names the accounts that were touched, as they are after it; whoever sums an owner up replaces these by id.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core.times import format_time
from relational.rows import AccountRow, NewMessage, TransactionRow

POSTED = "transaction.posted"
SUMMARISED = "owner.summarised"
MOST_ACCOUNTS = 500


def announce_posting(row: TransactionRow, *, posted: datetime) -> NewMessage:
    """Tell of one transaction."""
    payload: dict[str, Any] = {
        "id": str(row.id),
        "book": row.book,
        "booked": format_time(row.booked),
        "posted": format_time(posted),
        "posted_by": _text(row.posted_by),
        "description": row.description,
        "reverses": _text(row.reverses),
        "entries": [
            {
                "account_id": str(entry.account_id),
                "number": entry.number,
                "currency": entry.currency,
                "amount": format(entry.amount, "f"),
            }
            for entry in row.entries
        ],
    }
    return NewMessage(POSTED, f"transaction:{row.id}", payload)


def announce_owners(accounts: Iterable[AccountRow], *, transaction_id: UUID | None) -> Iterator[NewMessage]:
    """Tell each owner's accounts, which the open transaction holds locked; at most MOST_ACCOUNTS in one message."""
    owners: dict[UUID, list[AccountRow]] = {}
    for account in accounts:
        owners.setdefault(account.owner_id, []).append(account)
    for owner_id in sorted(owners):
        for start in range(0, len(owners[owner_id]), MOST_ACCOUNTS):
            yield _announce_owner(owner_id, owners[owner_id][start : start + MOST_ACCOUNTS], transaction_id)


def _announce_owner(owner_id: UUID, accounts: Sequence[AccountRow], transaction_id: UUID | None) -> NewMessage:
    payload = {
        "owner_id": str(owner_id),
        "transaction_id": _text(transaction_id),
        "accounts": [
            {
                "id": str(account.id),
                "book": account.book,
                "number": account.number,
                "currency": account.currency,
                "kind": account.kind,
                "balance": format(account.balance, "f"),
            }
            for account in accounts
        ],
    }
    return NewMessage(SUMMARISED, f"owner:{owner_id}", payload)


def _text(row_id: UUID | None) -> str | None:
    return None if row_id is None else str(row_id)
