"""What may be posted, on plain values: entries before their accounts are known, and against the locked accounts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from core.errors import Conflict, InsufficientFunds, InvalidInput, NotFound, PermissionRefused
from core.principals import Principal
from relational.rows import AccountRow, NewEntry, NewPosting

MONEY_LIMIT = Decimal(10) ** 16
MONEY_STEP = Decimal("0.0001")
MOST_ENTRIES = 100
LONGEST_DESCRIPTION = 200
ZERO = Decimal("0.0000")


def check_amount(amount: Decimal, *, path: str) -> None:
    """Refuse what a column of money cannot hold exactly. Raises: InvalidInput."""
    if not amount.is_finite() or abs(amount) >= MONEY_LIMIT or amount % MONEY_STEP:
        refused = f"{amount} is no amount: at most 16 digits before the point and four after it"
        raise InvalidInput(refused, path=path)


def check_posting(posting: NewPosting) -> None:
    """Check what can be seen without the accounts: number of entries, amounts other than zero, an account once.

    Raises: InvalidInput whose `path` names the entry.
    """
    if not 2 <= len(posting.entries) <= MOST_ENTRIES:
        raise InvalidInput(f"a transaction has 2 to {MOST_ENTRIES} entries", path="entries")
    if len(posting.description) > LONGEST_DESCRIPTION or "\0" in posting.description:
        raise InvalidInput(f"over {LONGEST_DESCRIPTION} characters, or with a NUL", path="description")
    seen: set[UUID] = set()
    for place, entry in enumerate(posting.entries):
        check_amount(entry.amount, path=f"entries[{place}].amount")
        if not entry.amount:
            raise InvalidInput("an amount is not zero", path=f"entries[{place}].amount")
        if entry.account_id in seen:
            raise InvalidInput("an account stands once in a transaction", path=f"entries[{place}].account_id")
        seen.add(entry.account_id)


def check_accounts(
    principal: Principal,
    entries: Sequence[NewEntry],
    accounts: Mapping[UUID, AccountRow],
    *,
    are_asked: bool,
) -> list[tuple[UUID, Decimal]]:
    """Return each account's id and balance after the entries; who debits an account must be allowed to.

    `are_asked` tells that the entries are the caller's own, so that `path` names a refused one.

    Raises: NotFound, PermissionRefused, InvalidInput (several books, a sum other than zero), InsufficientFunds.
    """
    changes = _sum_by_account(entries)
    for place, (account_id, change) in enumerate(changes.items()):
        path = f"entries[{place}].account_id" if are_asked else ""
        _check_right(principal, accounts.get(account_id), account_id, is_debited=change <= 0, path=path)
    _check_whole(entries, accounts)
    return [(account_id, _balance_after(accounts[account_id], change)) for account_id, change in changes.items()]


def _sum_by_account(entries: Iterable[NewEntry]) -> dict[UUID, Decimal]:
    changes: dict[UUID, Decimal] = defaultdict(lambda: ZERO)
    for entry in entries:
        changes[entry.account_id] += entry.amount
    return changes


def _check_right(
    principal: Principal, account: AccountRow | None, account_id: UUID, *, is_debited: bool, path: str
) -> None:
    if account is None or (is_debited and not principal.reads_of(account.owner_id)):
        raise NotFound(f"no account {account_id}, or it is not yours to debit", path=path)
    if not is_debited or principal.writes_everything:
        return
    if not principal.owns(account.owner_id):
        raise PermissionRefused(f"you may see the account {account_id}, and not debit it", path=path)
    if account.kind == "external":
        raise PermissionRefused(f"the account {account_id} is external: operators debit it", path=path)


def _check_whole(entries: Sequence[NewEntry], accounts: Mapping[UUID, AccountRow]) -> None:
    if len({account.book for account in accounts.values()}) > 1:
        raise InvalidInput("the accounts of a transaction are all of one book", path="entries")
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for entry in entries:
        sums[accounts[entry.account_id].currency] += entry.amount
    wrong = ", ".join(f"{currency} {total:f}" for currency, total in sorted(sums.items()) if total)
    if wrong:
        raise InvalidInput(f"the entries do not sum to zero: {wrong}", path="entries")


def _balance_after(account: AccountRow, change: Decimal) -> Decimal:
    balance = account.balance + change
    if change < 0 and account.kind == "asset" and balance < -account.overdraft_limit:
        raise InsufficientFunds(f"the account {account.number!r} would go below its overdraft limit")
    if abs(balance) >= MONEY_LIMIT:
        raise Conflict(f"the account {account.number!r} cannot hold that much")
    return balance
