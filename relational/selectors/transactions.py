"""Transactions with their entries: reads, newest first; ids follow the time of booking."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connections

from core.errors import NotFound
from core.principals import Principal
from relational.filters import NO_FILTERS, TransactionFilter, narrow_rows, read_filters
from relational.models import Account, Transaction
from relational.rows import EntryRow, TransactionRow
from relational.translation import STORE, translated_errors

LAST_ID = UUID(int=(1 << 128) - 1)

# For each wanted account its newest transactions, then those of each owner or account group in one order.
RECENT_BY_OWNER = """
SELECT wanted.id, recent.transaction_id FROM unnest(%s::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
  SELECT DISTINCT newest.transaction_id FROM relational_account AS account CROSS JOIN LATERAL (
    SELECT entry.transaction_id FROM relational_entry AS entry
    WHERE entry.account_id = account.id AND entry.transaction_id < %s
    ORDER BY entry.transaction_id DESC LIMIT %s) AS newest
  WHERE account.owner_id = wanted.id
  ORDER BY newest.transaction_id DESC LIMIT %s) AS recent
"""
RECENT_BY_ACCOUNT = """
SELECT wanted.id, recent.transaction_id FROM unnest(%s::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
  SELECT DISTINCT entry.transaction_id FROM relational_entry AS entry
  WHERE entry.account_id = wanted.id AND entry.transaction_id < %s
  ORDER BY entry.transaction_id DESC LIMIT %s) AS recent
"""
# Account by account from the newest entry, so that a page costs as much at the end of a long history as at its start.
NEWEST_OF_ACCOUNTS = """
SELECT DISTINCT newest.transaction_id FROM relational_account AS account CROSS JOIN LATERAL (
  SELECT entry.transaction_id FROM relational_entry AS entry
  JOIN relational_transaction AS booking ON booking.id = entry.transaction_id
  WHERE entry.account_id = account.id AND entry.transaction_id < %(before)s
    AND (%(booked_from)s::timestamptz IS NULL OR booking.booked >= %(booked_from)s::timestamptz)
    AND (%(booked_before)s::timestamptz IS NULL OR booking.booked < %(booked_before)s::timestamptz)
    AND (%(owners)s::uuid[] IS NULL OR %(account)s::uuid IS NULL OR EXISTS (
      SELECT 1 FROM relational_entry AS other
      WHERE other.transaction_id = entry.transaction_id AND other.account_id = %(account)s::uuid))
  ORDER BY entry.transaction_id DESC LIMIT %(limit)s) AS newest
WHERE (%(owners)s::uuid[] IS NULL OR account.owner_id = ANY(%(owners)s::uuid[]))
  AND (%(account)s::uuid IS NULL OR %(owners)s::uuid[] IS NOT NULL OR account.id = %(account)s::uuid)
  AND (%(book)s = '' OR account.book = %(book)s)
ORDER BY newest.transaction_id DESC LIMIT %(limit)s
"""
TRANSACTIONS = """
SELECT booking.id, booking.book, booking.booked, booking.description, booking.data_set, booking.details,
  booking.posted_by, booking.reverses_id,
  (SELECT later.id FROM relational_transaction AS later WHERE later.reverses_id = booking.id),
  array_agg(entry.account_id ORDER BY entry.id), array_agg(account.number ORDER BY entry.id),
  array_agg(account.currency ORDER BY entry.id), array_agg(entry.amount ORDER BY entry.id)
FROM relational_transaction AS booking
JOIN relational_entry AS entry ON entry.transaction_id = booking.id
JOIN relational_account AS account ON account.id = entry.account_id
WHERE booking.id = ANY(%s) GROUP BY booking.id
"""


def transactions_of_users(
    user_ids: Sequence[UUID],
    *,
    limit: int,
    before: UUID = LAST_ID,
) -> dict[UUID, list[TransactionRow]]:
    """Return up to `limit` of the newest transactions that touch accounts of each user, newest first."""
    return _recent_transactions(RECENT_BY_OWNER, user_ids, [before, limit, limit])


def transactions_of_accounts(
    account_ids: Sequence[UUID],
    *,
    limit: int,
    before: UUID = LAST_ID,
) -> dict[UUID, list[TransactionRow]]:
    """Return up to `limit` of the newest transactions of each account, newest first."""
    return _recent_transactions(RECENT_BY_ACCOUNT, account_ids, [before, limit])


def transactions_page(
    principal: Principal,
    *,
    limit: int,
    before: UUID = LAST_ID,
    filters: Mapping[str, Any] = NO_FILTERS,
) -> list[TransactionRow]:
    """Return up to `limit` of the newest transactions the principal may see, newest first, from before an id.

    Filters are those of `TransactionFilter`. Raises: InvalidInput for a wrong one.
    """
    wanted = read_filters(TransactionFilter, filters)
    with translated_errors(), connections[STORE].cursor() as cursor:
        if principal.sees_everything and wanted["account"] is None:
            everybodys = Transaction.objects.filter(pk__lt=before).order_by("-pk")
            ids = list(narrow_rows(TransactionFilter, everybodys, filters).values_list("pk", flat=True)[:limit])
        else:
            owners = None if principal.sees_everything else list(principal.owner_ids)
            cursor.execute(NEWEST_OF_ACCOUNTS, {**wanted, "owners": owners, "before": before, "limit": limit})
            ids = [row_id for (row_id,) in cursor.fetchall()]
        found = _transactions_by_id(cursor, ids)
    return [found[row_id] for row_id in ids]


def transaction_by_id(principal: Principal, transaction_id: UUID) -> TransactionRow:
    """Return one transaction.

    Raises: NotFound when there is none, or it touches no account that is the principal's to see.
    """
    with translated_errors(), connections[STORE].cursor() as cursor:
        found = _transactions_by_id(cursor, [transaction_id])
    row = found.get(transaction_id)
    if row is None or not _touches_own(principal, row):
        raise NotFound("no such transaction")
    return row


def books_of_transactions(ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the book of each of the transactions that there are, whoever's they are; for loading."""
    with translated_errors():
        return dict(Transaction.objects.filter(pk__in=list(ids)).values_list("pk", "book"))


def _touches_own(principal: Principal, row: TransactionRow) -> bool:
    if principal.sees_everything:
        return True
    accounts = [entry.account_id for entry in row.entries]
    with translated_errors():
        return Account.objects.filter(pk__in=accounts, owner_id__in=principal.owner_ids).exists()


def _recent_transactions(sql: str, ids: Sequence[UUID], parameters: list[Any]) -> dict[UUID, list[TransactionRow]]:
    found: dict[UUID, list[TransactionRow]] = {wanted: [] for wanted in ids}
    with translated_errors(), connections[STORE].cursor() as cursor:
        cursor.execute(sql, [list(ids), *parameters])
        pairs = cursor.fetchall()
        rows = _transactions_by_id(cursor, sorted({transaction_id for _, transaction_id in pairs}))
    for wanted, transaction_id in sorted(pairs, key=lambda pair: pair[1], reverse=True):
        found[wanted].append(rows[transaction_id])
    return found


def _transactions_by_id(cursor: Any, ids: Sequence[UUID]) -> dict[UUID, TransactionRow]:
    cursor.execute(TRANSACTIONS, [list(ids)])
    return {row[0]: _transaction_row(row) for row in cursor.fetchall()}


def _transaction_row(row: Sequence[Any]) -> TransactionRow:
    row_id, book, booked, description, data_set, details, posted_by, reverses, reversed_by, *columns = row
    entries = tuple(EntryRow(*entry) for entry in zip(*columns, strict=True))
    details = json.loads(details)
    return TransactionRow(
        row_id, book, booked, description, data_set, details, posted_by, reverses, reversed_by, entries
    )
