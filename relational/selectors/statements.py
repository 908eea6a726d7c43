"""An account's statement: its entries newest first, each with the balance after it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connections

from core.errors import NotFound
from core.ids import LAST_ID, ids_between
from core.principals import Principal
from relational.filters import NO_FILTERS, StatementFilter, read_filters
from relational.rows import Statement, StatementPlace, StatementRow
from relational.translation import STORE, translated_errors

# The balance after a page's first entry is the one that the page before ended with, unless an entry came into the past
# since: so that a page costs as much at the end of a long history as at its start.
STATEMENT = """
WITH account AS MATERIALIZED (
  SELECT owner_id, backdated, CASE
    WHEN %(balance)s::numeric IS NOT NULL AND backdated = %(backdated)s THEN %(balance)s::numeric
    ELSE balance - (
      SELECT coalesce(sum(newer.amount), 0) FROM relational_entry AS newer
      WHERE newer.account_id = %(account_id)s AND newer.transaction_id >= %(transaction_id)s
        AND (newer.transaction_id, newer.id) >= (%(transaction_id)s, %(entry_id)s))
    END AS balance
  FROM relational_account WHERE id = %(account_id)s)
SELECT account.*, page.* FROM account LEFT JOIN LATERAL (
  SELECT entry.id, entry.transaction_id, booking.booked, booking.description, booking.reverses_id, entry.amount
  FROM relational_entry AS entry JOIN relational_transaction AS booking ON booking.id = entry.transaction_id
  WHERE entry.account_id = %(account_id)s AND entry.transaction_id BETWEEN %(earliest)s AND %(transaction_id)s
    AND (entry.transaction_id, entry.id) < (%(transaction_id)s, %(entry_id)s)
  ORDER BY entry.transaction_id DESC, entry.id DESC LIMIT %(limit)s) AS page ON true
ORDER BY page.transaction_id DESC, page.id DESC
"""


def statement_page(
    principal: Principal,
    account_id: UUID,
    *,
    limit: int,
    place: StatementPlace | None = None,
    filters: Mapping[str, Any] = NO_FILTERS,
) -> Statement:
    """Return up to `limit` of an account's newest entries, newest first, from after a place in them.

    Filters are those of `StatementFilter`.

    Raises: NotFound when the account is not there or not the principal's to see, InvalidInput for a wrong filter.
    """
    wanted = read_filters(StatementFilter, filters)
    start, end = wanted["booked_from"], wanted["booked_before"]
    earliest, latest = ids_between(start, end)
    place = place or StatementPlace(latest, LAST_ID, None, 0)
    rows: list[StatementRow] = []
    while True:
        page = _read_page(principal, account_id, place, earliest, limit)
        # Ids follow the time of booking to the millisecond; about a bound the times themselves decide.
        rows += [row for row in page.rows if (not start or row.booked >= start) and (not end or row.booked < end)]
        if len(page.rows) < limit or len(rows) >= limit:
            return Statement(tuple(rows[:limit]), page.backdated)
        place = place_after(page.rows[-1], page)


def place_after(row: StatementRow, statement: Statement) -> StatementPlace:
    """Return where the page after this row starts."""
    return StatementPlace(row.transaction_id, row.id, row.balance - row.amount, statement.backdated)


def _read_page(principal: Principal, account_id: UUID, place: StatementPlace, earliest: UUID, limit: int) -> Statement:
    parameters = {**asdict(place), "account_id": account_id, "earliest": earliest, "limit": limit}
    with translated_errors(), connections[STORE].cursor() as cursor:
        cursor.execute(STATEMENT, parameters)
        found = cursor.fetchall()
    if not found or not principal.reads_of(found[0][0]):
        raise NotFound("no such account")
    _, backdated, balance = found[0][:3]
    return Statement(tuple(_with_balances(found, balance)), backdated)


def _with_balances(found: Iterable[Sequence[Any]], balance: Decimal) -> Iterator[StatementRow]:
    for row in found:
        if row[3] is not None:
            row_id, transaction_id, booked, description, reverses, amount = row[3:]
            yield StatementRow(row_id, transaction_id, booked, description, reverses, amount, balance)
            balance -= amount
