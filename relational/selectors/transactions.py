"""Transactions with their entries: reads, newest first; ids follow the time of booking."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core.errors import NotFound
from core.ids import FIRST_ID, LAST_ID, ids_between
from core.principals import Principal
from relational.filters import NO_FILTERS, TransactionFilter, narrow_rows, read_filters
from relational.models import Transaction
from relational.prepared import fetch_rows
from relational.rows import EntryRow, TransactionRow
from relational.translation import translated_errors

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
# Only the conditions that are asked for stand in it, so that each question has its own plan.
NEWEST_OF_ACCOUNTS = """
SELECT DISTINCT newest.transaction_id FROM relational_account AS account CROSS JOIN LATERAL (
  SELECT entry.transaction_id FROM relational_entry AS entry
  WHERE entry.account_id = account.id AND entry.transaction_id < %(before)s{of_entries}
  ORDER BY entry.transaction_id DESC LIMIT %(limit)s) AS newest
WHERE {of_accounts} ORDER BY newest.transaction_id DESC LIMIT %(limit)s
"""
OWNED = "account.owner_id = ANY(%(owners)s)"
OF_ACCOUNTS = {"book": "account.book = %(book)s", "account": "account.id = %(account)s"}
# Ids follow the time of booking to the millisecond, so that no other times are read; the times themselves decide.
OF_ENTRIES = {
    "booked_from": """entry.transaction_id >= %(earliest)s
    AND (SELECT booked FROM relational_transaction WHERE id = entry.transaction_id) >= %(booked_from)s""",
    "booked_before": """entry.transaction_id <= %(latest)s
    AND (SELECT booked FROM relational_transaction WHERE id = entry.transaction_id) < %(booked_before)s""",
    "posted_by": "(SELECT posted_by FROM relational_transaction WHERE id = entry.transaction_id) = %(posted_by)s",
    "data_set": "(SELECT data_set FROM relational_transaction WHERE id = entry.transaction_id) = %(data_set)s",
    "description": """strpos(
      (SELECT upper(description) FROM relational_transaction WHERE id = entry.transaction_id),
      upper(%(description)s::text)) > 0""",
    "amount": """EXISTS (SELECT FROM relational_entry AS other
    WHERE other.transaction_id = entry.transaction_id AND abs(other.amount) = %(amount)s)""",
}
# A person's own transactions that touch the account, whoever's it is.
TOUCHES = """EXISTS (SELECT FROM relational_entry AS other
    WHERE other.transaction_id = entry.transaction_id AND other.account_id = %(account)s)"""
TRANSACTIONS = """
SELECT booking.id, booking.book, booking.booked, booking.description, booking.data_set, booking.details,
  booking.posted_by, booking.reverses_id,
  (SELECT later.id FROM relational_transaction AS later WHERE later.reverses_id = booking.id),
  array_agg(entry.account_id ORDER BY entry.id), array_agg(account.number ORDER BY entry.id),
  array_agg(account.currency ORDER BY entry.id), array_agg(entry.amount ORDER BY entry.id)
FROM relational_transaction AS booking
JOIN relational_entry AS entry ON entry.transaction_id = booking.id
JOIN relational_account AS account ON account.id = entry.account_id
WHERE booking.id = ANY({ids}) GROUP BY booking.id {having} ORDER BY booking.id DESC
"""
BY_ID = TRANSACTIONS.format(ids="%(ids)s", having="")
BY_ID_OWNED = TRANSACTIONS.format(ids="%(ids)s", having=f"HAVING bool_or({OWNED})")


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
    earliest, latest = ids_between(wanted["booked_from"], wanted["booked_before"])
    with translated_errors():
        if principal.sees_everything and wanted["account"] is None:
            everybodys = Transaction.objects.filter(pk__lt=before).order_by("-pk")
            if (earliest, latest) != (FIRST_ID, LAST_ID):
                everybodys = everybodys.filter(pk__range=(earliest, latest))
            ids = list(narrow_rows(TransactionFilter, everybodys, filters).values_list("pk", flat=True)[:limit])
            return _transactions(BY_ID, {"ids": ids})
        owners = None if principal.sees_everything else list(principal.owner_ids)
        places = {"before": before, "earliest": earliest, "latest": latest, "limit": limit}
        return _transactions(page_sql(owners, wanted), {**wanted, "owners": owners, **places})


def transaction_by_id(principal: Principal, transaction_id: UUID) -> TransactionRow:
    """Return one transaction.

    Raises: NotFound when there is none, or it touches no account that is the principal's to see.
    """
    sql = BY_ID if principal.sees_everything else BY_ID_OWNED
    with translated_errors():
        found = _transactions(sql, {"ids": [transaction_id], "owners": list(principal.owner_ids)})
    if not found:
        raise NotFound("no such transaction")
    return found[0]


def books_of_transactions(ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the book of each of the transactions that there are, whoever's they are; for loading."""
    with translated_errors():
        return dict(Transaction.objects.filter(pk__in=list(ids)).values_list("pk", "book"))


def page_sql(owners: list[UUID] | None, wanted: Mapping[str, Any]) -> str:
    """Compose the statement of a page from fixed pieces: one for each filter that is wanted."""
    names = [name for name, value in wanted.items() if value not in (None, "")]
    of_accounts = [OF_ACCOUNTS[name] for name in names if name in OF_ACCOUNTS]
    of_entries = [OF_ENTRIES[name] for name in names if name not in OF_ACCOUNTS]
    if owners is not None and wanted["account"]:
        of_accounts.remove(OF_ACCOUNTS["account"])
        of_entries.append(TOUCHES)
    if owners is not None:
        of_accounts.append(OWNED)
    newest = NEWEST_OF_ACCOUNTS.format(
        of_entries="".join(f" AND {condition}" for condition in of_entries), of_accounts=" AND ".join(of_accounts)
    )
    return TRANSACTIONS.format(ids=f"ARRAY({newest})", having="")


def _recent_transactions(sql: str, ids: Sequence[UUID], parameters: list[Any]) -> dict[UUID, list[TransactionRow]]:
    found: dict[UUID, list[TransactionRow]] = {wanted: [] for wanted in ids}
    with translated_errors():
        pairs = fetch_rows(sql, [list(ids), *parameters])
        wanted_ids = sorted({transaction_id for _, transaction_id in pairs})
        rows = {row.id: row for row in _transactions(BY_ID, {"ids": wanted_ids})}
    for wanted, transaction_id in sorted(pairs, key=lambda pair: pair[1], reverse=True):
        found[wanted].append(rows[transaction_id])
    return found


def _transactions(sql: str, parameters: Mapping[str, Any]) -> list[TransactionRow]:
    return [_transaction_row(row) for row in fetch_rows(sql, parameters)]


def _transaction_row(row: Sequence[Any]) -> TransactionRow:
    row_id, book, booked, description, data_set, details, posted_by, reverses, reversed_by, *columns = row
    entries = tuple(map(EntryRow, *columns))
    return TransactionRow(
        row_id, book, booked, description, data_set, details, posted_by, reverses, reversed_by, entries
    )
