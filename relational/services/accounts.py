"""Accounts: what they are checked for, how people open them, and how far they may be overdrawn."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connections

from core.errors import Conflict, InvalidInput, NotFound, PermissionRefused
from core.ids import new_id
from core.principals import Principal
from relational.models import Account
from relational.rows import ACCOUNT_COLUMNS, AccountRow, NewAccount
from relational.services.posting_rules import check_amount
from relational.translation import STORE
from relational.units import run_unit

NO_OVERDRAFT = Decimal("0.0000")
# An owner is a user or a team: whichever of the two bears the id.
INSERT_ACCOUNT = f"""
INSERT INTO relational_account (id, user_id, team_id, book, number, currency, kind, balance, overdraft_limit, created)
SELECT %s, person.id, team.id, %s, %s, %s, %s, 0, %s, now() FROM (SELECT %s::uuid AS id) AS wanted
  LEFT JOIN relational_user AS person ON person.id = wanted.id LEFT JOIN relational_team AS team ON team.id = wanted.id
WHERE person.id IS NOT NULL OR team.id IS NOT NULL RETURNING {ACCOUNT_COLUMNS}
"""  # noqa: S608 - a constant
LOCK_ACCOUNT = f"SELECT {ACCOUNT_COLUMNS} FROM relational_account WHERE id = %s FOR NO KEY UPDATE"  # noqa: S608 - a constant
SET_OVERDRAFT_LIMIT = f"UPDATE relational_account SET overdraft_limit = %s WHERE id = %s RETURNING {ACCOUNT_COLUMNS}"  # noqa: S608 - a constant


def open_account(principal: Principal, account: NewAccount, *, overdraft_limit: Decimal = NO_OVERDRAFT) -> AccountRow:
    """Open an empty account for its owner, the principal or a team of theirs; operators open them for anybody.

    Raises: InvalidInput for a wrong field, NotFound for an owner that is not there or not the principal's to see,
    PermissionRefused for what only operators open (others' accounts, external ones, such as may be overdrawn), Conflict
    when the book has this number in this currency.
    """
    check_account(account)
    _check_limit(overdraft_limit, account.kind)
    if not principal.reads_of(account.owner_id):
        raise NotFound(_no_owner(account.owner_id), path="owner_id")
    if not principal.writes_of(account.owner_id):
        raise PermissionRefused("operators open accounts for others", path="owner_id")
    if not principal.writes_everything and (account.kind == "external" or overdraft_limit):
        raise PermissionRefused("operators open external accounts, and accounts that may be overdrawn")
    return run_unit(lambda: _insert(account, overdraft_limit))


def change_overdraft_limit(principal: Principal, account_id: UUID, limit: Decimal) -> AccountRow:
    """Set how far below zero an account may go, and return it; operators do.

    Raises: NotFound when the account is not there or not the principal's to see, PermissionRefused, InvalidInput,
    Conflict when the account is overdrawn by more than that.
    """
    return run_unit(lambda: _set_limit(principal, account_id, limit))


def check_account(account: NewAccount) -> None:
    """Check what an account is called, its currency and kind. Raises: InvalidInput whose `path` names the field."""
    try:
        Account(book=account.book, number=account.number, currency=account.currency, kind=account.kind).clean_fields(
            exclude=["user", "team", "owner_id"],
        )
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), path=next(iter(error.message_dict))) from error


def _insert(account: NewAccount, limit: Decimal) -> AccountRow:
    with connections[STORE].cursor() as cursor:
        cursor.execute(INSERT_ACCOUNT, [new_id(), *account.key, account.kind, limit, account.owner_id])
        rows: list[Any] = cursor.fetchall()
    if not rows:
        raise NotFound(_no_owner(account.owner_id), path="owner_id")
    return AccountRow(*rows[0])


def _set_limit(principal: Principal, account_id: UUID, limit: Decimal) -> AccountRow:
    with connections[STORE].cursor() as cursor:
        cursor.execute(LOCK_ACCOUNT, [account_id])
        account = next((AccountRow(*fields) for fields in cursor.fetchall()), None)
        if account is None or not principal.reads_of(account.owner_id):
            raise NotFound("no such account")
        if not principal.writes_everything:
            raise PermissionRefused("operators change overdraft limits")
        _check_limit(limit, account.kind)
        if account.kind == "asset" and account.balance < -limit:
            raise Conflict("the account is overdrawn by more than that")
        cursor.execute(SET_OVERDRAFT_LIMIT, [limit, account_id])
        return AccountRow(*cursor.fetchone())


def _check_limit(limit: Decimal, kind: str) -> None:
    check_amount(limit, path="overdraft_limit")
    if limit < 0:
        raise InvalidInput("a limit is zero or more", path="overdraft_limit")
    if limit and kind == "external":
        raise InvalidInput("an external account has no limit", path="overdraft_limit")


def _no_owner(owner_id: UUID) -> str:
    return f"no owner {owner_id}, or not you or a team of yours"
