"""Entries against their accounts: who may debit, what must balance, and how far an account goes down or up."""

from decimal import Decimal

import pytest

from core.errors import Conflict, InsufficientFunds, InvalidInput, NotFound, PermissionRefused
from core.ids import new_id
from core.principals import Principal, Role
from relational.rows import NewEntry
from relational.services.posting_rules import check_accounts

TEAM, BOB = new_id(), new_id()
ADA = Principal(new_id(), team_ids=frozenset({TEAM}))
ANALYST, OPERATOR, ADMIN = (Principal(new_id(), role) for role in (Role.ANALYST, Role.OPERATOR, Role.ADMIN))
ALL_OF_IT = "9999999999999999.9999"


def check(principal, *lines, are_asked=True, known=None):
    """Check (account, amount) lines; return the balances after them, by account id."""
    entries = [NewEntry(account.id, Decimal(amount)) for account, amount in lines]
    accounts = {account.id: account for account, _ in lines} if known is None else known
    return dict(check_accounts(principal, entries, accounts, are_asked=are_asked))


@pytest.mark.parametrize(
    ("principal", "owner"),
    [(ADA, ADA.user_id), (ADA, TEAM), (OPERATOR, BOB), (ADMIN, BOB), (ANALYST, ANALYST.user_id)],
)
def test_owners_members_and_operators_debit(make_account, principal, owner):
    source, target = make_account(owner, balance="10"), make_account(BOB, balance="1")
    assert check(principal, (source, "-4"), (target, "4")) == {source.id: Decimal(6), target.id: Decimal(5)}


@pytest.mark.parametrize(
    ("principal", "kind", "error", "words"),
    [
        (ADA, "asset", NotFound, "not yours to debit"),
        (ADA, "external", NotFound, "not yours to debit"),
        (ANALYST, "asset", PermissionRefused, "see the account"),
        (Principal(BOB), "external", PermissionRefused, "operators debit it"),
    ],
)
@pytest.mark.parametrize(("are_asked", "path"), [(True, "entries[1].account_id"), (False, "")])
def test_nobody_else_debits(make_account, principal, kind, error, words, are_asked, path):
    source, target = make_account(BOB, balance="10", kind=kind), make_account(ADA.user_id)
    with pytest.raises(error, match=words) as refused:
        check(principal, (target, "4"), (source, "-4"), are_asked=are_asked)
    assert refused.value.path == path


def test_lines_that_leave_nothing_are_a_debit_too(make_account):
    bobs, mine = make_account(BOB), make_account(ADA.user_id, balance="9")
    with pytest.raises(NotFound):
        check(ADA, (mine, "-1"), (mine, "1"), (bobs, "-1"), (bobs, "1"))


def test_an_account_that_is_not_there_is_named(make_account):
    mine, missing = make_account(ADA.user_id, balance="9"), make_account(BOB)
    with pytest.raises(NotFound, match=str(missing.id)) as refused:
        check(OPERATOR, (mine, "-1"), (missing, "1"), known={mine.id: mine})
    assert refused.value.path == "entries[1].account_id"


def test_all_accounts_are_of_one_book(make_account):
    lines = [(make_account(ADA.user_id, balance="9"), "-1"), (make_account(BOB, book="other"), "1")]
    with pytest.raises(InvalidInput, match="all of one book") as refused:
        check(ADA, *lines)
    assert refused.value.path == "entries"


def test_each_currency_sums_to_zero(make_account):
    francs = [make_account(ADA.user_id, balance="9"), make_account(BOB)]
    euros = [make_account(ADA.user_id, balance="9", currency="EUR"), make_account(BOB, currency="EUR")]
    balanced = [(francs[0], "-1"), (francs[1], "1"), (euros[0], "-2"), (euros[1], "2")]
    assert list(check(ADA, *balanced).values()) == [Decimal(8), Decimal(1), Decimal(7), Decimal(2)]
    crossed = [(francs[0], "-1"), (francs[1], "0.5"), (euros[0], "-1"), (euros[1], "1.5")]
    with pytest.raises(InvalidInput, match=r"CHF -0\.5000, EUR 0\.5000") as refused:
        check(ADA, *crossed)
    assert refused.value.path == "entries"


def test_lines_of_one_account_count_together(make_account):
    mine, bobs = make_account(ADA.user_id, balance="5"), make_account(BOB)
    assert check(ADA, (mine, "-7"), (mine, "3"), (bobs, "4")) == {mine.id: Decimal(1), bobs.id: Decimal(4)}


@pytest.mark.parametrize(
    ("kind", "balance", "limit", "amount"),
    [
        ("asset", "10", "0", "-10"),
        ("asset", "10", "5", "-15"),
        ("external", "0", "0", "-15"),
        ("asset", "-20", "5", "1"),
        ("external", f"-{ALL_OF_IT}", "0", "1"),
    ],
)
def test_an_account_goes_down_to_its_limit(make_account, kind, balance, limit, amount):
    account = make_account(BOB, balance=balance, limit=limit, kind=kind)
    other = make_account(OPERATOR.user_id, kind="external")
    assert check(OPERATOR, (account, amount), (other, -Decimal(amount)))[account.id] == Decimal(balance) + Decimal(
        amount
    )


@pytest.mark.parametrize(
    ("kind", "balance", "limit", "amount", "error"),
    [
        ("asset", "10", "0", "-10.0001", InsufficientFunds),
        ("asset", "10", "5", "-15.0001", InsufficientFunds),
        ("asset", "-20", "5", "-1", InsufficientFunds),
        ("asset", ALL_OF_IT, "0", "0.0001", Conflict),
        ("external", f"-{ALL_OF_IT}", "0", "-0.0001", Conflict),
    ],
)
def test_and_not_beyond_nor_over_what_a_column_holds(make_account, kind, balance, limit, amount, error):
    account = make_account(BOB, balance=balance, limit=limit, kind=kind)
    other = make_account(OPERATOR.user_id, kind="external")
    with pytest.raises(error, match=account.number) as refused:
        check(OPERATOR, (account, amount), (other, -Decimal(amount)))
    assert type(refused.value) is error
