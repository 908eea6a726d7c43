"""Posting one transaction now, and reversing one: locked, checked, written and announced in one database transaction.

The time of booking is PostgreSQL's, taken when every account is locked: an account's newest id is its latest booking.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from core.crashes import crash_point
from core.errors import Conflict
from core.ids import id_at, new_id
from core.principals import Principal
from core.times import now
from relational.prepared import fetch_rows, run_statement
from relational.rows import ACCOUNT_COLUMNS, AccountRow, EntryRow, NewEntry, NewMessage, NewPosting, TransactionRow
from relational.selectors.transactions import transaction_by_id
from relational.services.announcements import announce_owners, announce_posting
from relational.services.outbox import INSERT_MESSAGES, encode_messages
from relational.services.posting_rules import MONEY_STEP, check_accounts, check_posting
from relational.translation import STORE
from relational.units import run_unit

Accounts = dict[UUID, AccountRow]

# In the order of their ids, as the trigger of entries locks them, so that two postings never wait for each other. The
# last row's clock is read when every account is locked.
LOCK_ACCOUNTS = f"""
WITH locked AS MATERIALIZED (
  SELECT {ACCOUNT_COLUMNS} FROM relational_account
  WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE)
SELECT *, clock_timestamp() FROM locked
"""  # noqa: S608 - a constant
# One statement, and entries as one parameter: each further one costs as much as a whole check.
INSERT_POSTING = f"""
WITH posted AS (
  INSERT INTO relational_transaction
    (id, book, booked, description, data_set, details, posted_by, reverses_id, created)
  VALUES (%s, %s, %s, %s, '', '{{}}', %s, %s, %s)),
entered AS (
  INSERT INTO relational_entry (id, transaction_id, account_id, amount)
  SELECT id, %s, account_id, amount
  FROM jsonb_to_recordset(%s::jsonb) AS entry (id uuid, account_id uuid, amount numeric))
{INSERT_MESSAGES}"""  # noqa: S608 - constants


def post_transaction(principal: Principal, posting: NewPosting) -> TransactionRow:
    """Post a transaction of 2 to MOST_ENTRIES entries, booked now, and return it.

    Raises: InvalidInput for a wrong entry (`path` names it) or entries that do not sum to zero per currency; NotFound
    for an account that is not there, or is debited and not the principal's to see; PermissionRefused for an account
    that may be seen and not debited; InsufficientFunds.
    """
    check_posting(posting)
    return run_unit(lambda: _post(principal, posting, reverses=None))


def reverse_transaction(principal: Principal, transaction_id: UUID, *, description: str = "") -> TransactionRow:
    """Post the counter-transaction of one, booked now, and return it: who may debit what it debits may reverse.

    Raises: NotFound for a transaction that is not the principal's to see, Conflict when it is reversed already or is
    itself a reversal, and as `post_transaction`.
    """

    def work() -> TransactionRow:
        original = transaction_by_id(principal, transaction_id)
        if original.reverses is not None:
            raise Conflict("a reversal is not reversed: post the transaction again")
        if original.reversed_by is not None:
            raise Conflict("the transaction is reversed already")
        entries = tuple(NewEntry(entry.account_id, -entry.amount) for entry in original.entries)
        return _post(principal, NewPosting(entries, description), reverses=transaction_id)

    return run_unit(work)


def _post(principal: Principal, posting: NewPosting, *, reverses: UUID | None) -> TransactionRow:
    accounts, moment = _lock_accounts(posting.entries)
    balances = check_accounts(principal, posting.entries, accounts, are_asked=reverses is None)
    row = _make_row(principal, posting, accounts, moment=moment, reverses=reverses)
    after = (replace(accounts[account_id], balance=balance) for account_id, balance in balances)
    _insert(row, [announce_posting(row, posted=moment), *announce_owners(after, transaction_id=row.id)])
    crash_point("ledger.before_commit")
    transaction.on_commit(lambda: crash_point("ledger.after_commit"), using=STORE)
    return row


def _lock_accounts(entries: Sequence[NewEntry]) -> tuple[Accounts, datetime]:
    rows = fetch_rows(LOCK_ACCOUNTS, [list({entry.account_id for entry in entries})])
    return {row[0]: AccountRow(*row[:-1]) for row in rows}, rows[-1][-1] if rows else now()


def _make_row(
    principal: Principal, posting: NewPosting, accounts: Accounts, *, moment: datetime, reverses: UUID | None
) -> TransactionRow:
    entries = tuple(_make_entry(accounts[entry.account_id], entry.amount) for entry in posting.entries)
    book = accounts[entries[0].account_id].book
    return TransactionRow(
        id_at(moment), book, moment, posting.description, "", {}, principal.user_id, reverses, None, entries
    )


def _make_entry(account: AccountRow, amount: Decimal) -> EntryRow:
    return EntryRow(account.id, account.number, account.currency, amount.quantize(MONEY_STEP))


def _insert(row: TransactionRow, messages: Sequence[NewMessage]) -> None:
    entries = [
        {"id": str(new_id()), "account_id": str(entry.account_id), "amount": str(entry.amount)} for entry in row.entries
    ]
    booking = (row.id, row.book, row.booked, row.description, row.posted_by, row.reverses, row.booked)
    run_statement(INSERT_POSTING, [*booking, row.id, json.dumps(entries), encode_messages(messages)])
