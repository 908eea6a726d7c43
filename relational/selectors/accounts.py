"""Accounts and their balances: reads."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connections

from core.errors import NotFound
from core.principals import Principal
from relational.filters import NO_FILTERS, AccountFilter, narrow_rows, rows_after
from relational.models import Account
from relational.rows import ACCOUNT_COLUMNS, ACCOUNT_FIELDS, AccountRow
from relational.translation import STORE, translated_errors

# Bounded per owner in the database: one of them may own every account of a book. The order is that of code points,
# whatever the database's collation, so that who merges such lists can order them alike.
ACCOUNTS_OF_OWNERS = f"""
SELECT {ACCOUNT_COLUMNS}
FROM unnest(%s::uuid[]) AS wanted (owner) CROSS JOIN LATERAL (
  SELECT * FROM relational_account WHERE owner_id = wanted.owner
  ORDER BY book COLLATE "C", number COLLATE "C", currency LIMIT %s) AS account
ORDER BY book COLLATE "C", number COLLATE "C", currency
"""  # noqa: S608 - a constant


def accounts_of_users(user_ids: Sequence[UUID], *, limit: int) -> dict[UUID, list[AccountRow]]:
    """Return up to `limit` accounts of each user, in the order of book, number and currency."""
    found: dict[UUID, list[AccountRow]] = {user_id: [] for user_id in user_ids}
    with translated_errors(), connections[STORE].cursor() as cursor:
        cursor.execute(ACCOUNTS_OF_OWNERS, [list(found), limit])
        for fields in cursor.fetchall():
            account = AccountRow(*fields)
            found[account.owner_id].append(account)
    return found


def accounts_by_number(book: str, numbers: Sequence[str]) -> list[AccountRow]:
    """Return the accounts of one book that bear these numbers, in any currency."""
    with translated_errors():
        rows = Account.objects.filter(book=book, number__in=list(numbers)).order_by("number", "currency")
        return [AccountRow(*fields) for fields in rows.values_list(*ACCOUNT_FIELDS)]


def accounts_page(
    principal: Principal,
    *,
    limit: int,
    last: UUID | None = None,
    descending: bool = False,
    filters: Mapping[str, Any] = NO_FILTERS,
) -> list[AccountRow]:
    """Return up to `limit` accounts the principal may see, in the order of their ids, from after the last one seen.

    Filters are those of `AccountFilter`. Raises: InvalidInput for a wrong one.
    """
    accounts = rows_after(Account.objects.all(), last, descending=descending)
    if not principal.sees_everything:
        accounts = accounts.filter(owner_id__in=principal.owner_ids)
    accounts = narrow_rows(AccountFilter, accounts, filters)
    with translated_errors():
        return [AccountRow(*fields) for fields in accounts.values_list(*ACCOUNT_FIELDS)[:limit]]


def account_by_id(principal: Principal, account_id: UUID) -> AccountRow:
    """Return one account.

    Raises: NotFound when there is none, or it is not the principal's to see.
    """
    with translated_errors():
        fields = Account.objects.filter(pk=account_id).values_list(*ACCOUNT_FIELDS).first()
    account = AccountRow(*fields) if fields else None
    if account is None or not principal.reads_of(account.owner_id):
        raise NotFound("no such account")
    return account
