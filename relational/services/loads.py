"""What loaders write: accounts and transactions by the batch, each batch in one database transaction.

The invariants are the database's own. Loaded history is not announced transaction by transaction: a batch tells its
owners' balances once (`owner.summarised`).
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from core.errors import InvalidInput
from core.ids import new_id, span_of_ids
from relational.rows import ACCOUNT_COLUMNS, AccountKey, AccountRow, NewAccount, NewTransaction
from relational.services.accounts import check_account
from relational.services.announcements import announce_owners
from relational.services.outbox import add_messages
from relational.services.posting_rules import check_amount
from relational.translation import STORE, translated_errors

INSERT_TRANSACTIONS = """
INSERT INTO relational_transaction (id, book, booked, description, data_set, details, created)
SELECT *, now() FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::jsonb[])
ON CONFLICT (id) DO NOTHING RETURNING id
"""
INSERT_ENTRIES = """
INSERT INTO relational_entry (id, transaction_id, account_id, amount)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::numeric[])
"""
INSERT_ACCOUNTS = """
INSERT INTO relational_account (id, user_id, book, number, currency, kind, balance, overdraft_limit, created)
SELECT *, 0, 0, now() FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[])
ON CONFLICT (book, number, currency) DO NOTHING
"""
SELECT_ACCOUNT_IDS = """
SELECT account.book, account.number, account.currency, account.id FROM relational_account AS account
JOIN unnest(%s::text[], %s::text[], %s::text[]) AS wanted (book, number, currency)
  ON (account.book, account.number, account.currency) = (wanted.book, wanted.number, wanted.currency)
"""
# Locked since their entries came in: nobody else changes them before the batch is committed.
TOUCHED_ACCOUNTS = f"SELECT {ACCOUNT_COLUMNS} FROM relational_account WHERE id = ANY(%s) ORDER BY id"  # noqa: S608 - a constant
CHANGE_OWNERS = """
UPDATE relational_account AS account SET user_id = wanted.user_id, team_id = NULL
FROM unnest(%s::uuid[], %s::uuid[]) AS wanted (id, user_id)
WHERE account.id = wanted.id AND account.owner_id <> wanted.user_id
"""


def ensure_accounts(accounts: Sequence[NewAccount]) -> dict[AccountKey, UUID]:
    """Return each account's id by (book, number, currency); what is missing is made with the owner and kind given.

    Raises: InvalidInput for a wrong field, Conflict when an owner does not exist.
    """
    unique = list({account.key: account for account in accounts}.values())
    for account in unique:
        check_account(account)
    columns = [
        [new_id() for _ in unique],
        [account.owner_id for account in unique],
        *(list(column) for column in zip(*(account.key for account in unique), strict=True)),
        [account.kind for account in unique],
    ]
    if not unique:
        return {}
    with translated_errors(writes=True), transaction.atomic(using=STORE), connections[STORE].cursor() as cursor:
        cursor.execute(INSERT_ACCOUNTS, columns)
        cursor.execute(SELECT_ACCOUNT_IDS, columns[2:5])
        return {(book, number, currency): account_id for book, number, currency, account_id in cursor.fetchall()}


def change_owners(owners: dict[UUID, UUID]) -> int:
    """Give accounts to other owners, account id -> user id; return how many changed hands.

    Raises: Conflict when a user does not exist.
    """
    with translated_errors(writes=True), connections[STORE].cursor() as cursor:
        cursor.execute(CHANGE_OWNERS, [list(owners), list(owners.values())])
        return int(cursor.rowcount)


def post_transactions(transactions: Sequence[NewTransaction]) -> frozenset[UUID]:
    """Post a batch, all or none, and return the ids that were new; an id that is there already changes nothing.

    Raises: InvalidInput for a wrong transaction (`path` is its place in the batch), Conflict when the ledger's
    invariants refuse the batch (not zero per currency, an asset account below zero, another book).
    """
    unique = {row.id: row for row in transactions}
    for position, row in enumerate(transactions):
        _check_transaction(row, path=f"transactions[{position}]")
    with translated_errors(writes=True), transaction.atomic(using=STORE), connections[STORE].cursor() as cursor:
        cursor.execute(INSERT_TRANSACTIONS, _transaction_columns(list(unique.values())))
        stored = frozenset(row_id for (row_id,) in cursor.fetchall())
        entries = [(row.id, entry) for row in unique.values() if row.id in stored for entry in row.entries]
        cursor.execute(
            INSERT_ENTRIES,
            [
                [new_id() for _ in entries],
                [row_id for row_id, _ in entries],
                [entry.account_id for _, entry in entries],
                [entry.amount for _, entry in entries],
            ],
        )
        _announce_balances(cursor, {entry.account_id for _, entry in entries})
    return stored


def _announce_balances(cursor: Any, account_ids: set[UUID]) -> None:
    cursor.execute(TOUCHED_ACCOUNTS, [list(account_ids)])
    messages = list(announce_owners((AccountRow(*fields) for fields in cursor.fetchall()), transaction_id=None))
    if messages:
        add_messages(messages)


def _transaction_columns(rows: Sequence[NewTransaction]) -> list[list[object]]:
    return [
        [row.id for row in rows],
        [row.book for row in rows],
        [row.booked for row in rows],
        [row.description for row in rows],
        [row.data_set for row in rows],
        [json.dumps(row.details) for row in rows],
    ]


def _check_transaction(row: NewTransaction, *, path: str) -> None:
    if row.booked.tzinfo is None:
        raise InvalidInput("a transaction's time needs an offset", path=f"{path}.booked")
    least, greatest = span_of_ids(row.booked)
    if not least <= row.id <= greatest:
        raise InvalidInput("a transaction's id is of the time it is booked at", path=f"{path}.id")
    if len(row.entries) < 2:
        raise InvalidInput("a transaction needs two entries or more", path=f"{path}.entries")
    for position, entry in enumerate(row.entries):
        check_amount(entry.amount, path=f"{path}.entries[{position}].amount")
    for name, limit in (("book", 64), ("description", 200), ("data_set", 100)):
        if len(getattr(row, name)) > limit or "\0" in getattr(row, name):
            raise InvalidInput(f"over {limit} characters, or with a NUL", path=f"{path}.{name}")
