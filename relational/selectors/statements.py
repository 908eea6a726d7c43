"""An account's statement: its entries newest first, each with the balance after it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections

from core.errors import NotFound
from core.ids import span_of_ids
from core.principals import Principal
from relational.filters import NO_FILTERS, StatementFilter, read_filters
from relational.rows import Statement, StatementPlace, StatementRow
from relational.translation import STORE, translated_errors

FIRST_ID, LAST_ID = UUID(int=0), UUID(int=(1 << 128) - 1)

# The balance after a page's first entry is the one that the page before ended with, unless an entry came into the past
# since: so that a page costs as much at the end of a long history as at its start. Ids follow the time of booking to
# the millisecond, hence the bounds of ids; within a millisecond the times themselves decide.
STATEMENT = """
WITH account AS MATERIALIZED (
  SELECT id, owner_id, backdated, CASE
    WHEN %(balance)s::numeric IS NOT NULL AND backdated = %(backdated)s THEN %(balance)s::numeric
    ELSE balance - (
      SELECT coalesce(sum(newer.amount), 0) FROM relational_entry AS newer
      WHERE newer.account_id = relational_account.id AND newer.transaction_id >= %(transaction_id)s
        AND (newer.transaction_id, newer.id) >= (%(transaction_id)s, %(entry_id)s))
    END AS balance
  FROM relational_account WHERE id = %(account_id)s)
SELECT account.owner_id, account.backdated, page.* FROM account LEFT JOIN LATERAL (
  SELECT * FROM (
    SELECT entry.id, entry.transaction_id, booking.booked, booking.description, booking.reverses_id, entry.amount,
      account.balance - coalesce(sum(entry.amount) OVER (
        ORDER BY entry.transaction_id DESC, entry.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
    FROM relational_entry AS entry JOIN relational_transaction AS booking ON booking.id = entry.transaction_id
    WHERE entry.account_id = account.id AND entry.transaction_id BETWEEN %(earliest)s AND %(transaction_id)s
      AND (entry.transaction_id, entry.id) < (%(transaction_id)s, %(entry_id)s)) AS listed
  WHERE (%(booked_from)s::timestamptz IS NULL OR listed.booked >= %(booked_from)s::timestamptz)
    AND (%(booked_before)s::timestamptz IS NULL OR listed.booked < %(booked_before)s::timestamptz)
  ORDER BY listed.transaction_id DESC, listed.id DESC LIMIT %(limit)s) AS page ON true
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
    start = place or StatementPlace(_latest_id(wanted["booked_before"]), LAST_ID, None, 0)
    parameters = {
        **wanted,
        "account_id": account_id,
        "earliest": FIRST_ID if wanted["booked_from"] is None else span_of_ids(wanted["booked_from"])[0],
        "transaction_id": start.transaction_id,
        "entry_id": start.entry_id,
        "balance": start.balance,
        "backdated": start.backdated,
        "limit": limit,
    }
    with translated_errors(), connections[STORE].cursor() as cursor:
        cursor.execute(STATEMENT, parameters)
        found = cursor.fetchall()
    if not found or not principal.reads_of(found[0][0]):
        raise NotFound("no such account")
    return Statement(tuple(StatementRow(*row[2:]) for row in found if row[2] is not None), found[0][1])


def place_after(row: StatementRow, statement: Statement) -> StatementPlace:
    """Return where the page after this row starts."""
    return StatementPlace(row.transaction_id, row.id, row.balance - row.amount, statement.backdated)


def _latest_id(booked_before: datetime | None) -> UUID:
    return LAST_ID if booked_before is None else span_of_ids(booked_before)[1]
