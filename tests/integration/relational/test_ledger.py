"""Posting and reading transactions through services and selectors."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connections

from core.errors import Conflict, InvalidInput, NotFound
from core.principals import Principal, Role
from relational import selectors, services
from relational.models import Account, Entry
from relational.rows import NewAccount, NewEntry
from tests.integration.relational.conftest import NOON

pytestmark = pytest.mark.django_db


def test_posting_twice_is_posting_once(purchase):
    row = purchase()
    assert services.post_transactions([row, row]) == {row.id}
    assert services.post_transactions([row]) == frozenset()
    assert Entry.objects.count() == 2


def test_a_refused_batch_leaves_nothing(purchase, accounts):
    good, bad = purchase(), purchase()
    bad = replace(bad, entries=(bad.entries[0], NewEntry(accounts["shop", "sales", "USD"], Decimal(4))))
    with pytest.raises(Conflict, match="does not sum to zero"):
        _post_and_check([good, bad])
    assert Entry.objects.count() == 0


def _post_and_check(rows):
    from django.db import transaction

    with transaction.atomic():
        services.post_transactions(rows)
        from relational.translation import translated_errors

        with translated_errors():
            connections["default"].check_constraints()


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e16", "0.00001"])
def test_an_amount_that_money_cannot_hold_is_named(purchase, amount):
    row = purchase()
    row = replace(row, entries=(NewEntry(row.entries[0].account_id, Decimal(amount)), row.entries[1]))
    with pytest.raises(InvalidInput) as refusal:
        services.post_transactions([row])
    assert refusal.value.path == "transactions[0].entries[0].amount"


def test_a_time_without_offset_is_refused(purchase):
    with pytest.raises(InvalidInput, match="offset"):
        services.post_transactions([replace(purchase(), booked=NOON.replace(tzinfo=None))])


@pytest.mark.parametrize("details", [{"text": "a\0b"}, {"text": "\ud800"}, {"number": float("nan")}])
def test_details_that_jsonb_cannot_hold_are_refused(purchase, details):
    with pytest.raises(InvalidInput):
        services.post_transactions([replace(purchase(), details=details)])


def test_a_zero_purchase_is_a_transaction(purchase):
    row = purchase("0.00")
    assert services.post_transactions([row]) == {row.id}


def test_transactions_come_newest_first_and_page_by_id(purchase, people):
    from core.ids import derive_id

    booked = [NOON + timedelta(days=day) for day in range(5)]
    rows = [replace(purchase(booked=when), id=derive_id(when, b"x")) for when in booked]
    services.post_transactions(rows)
    ada = people["ada"]
    first = selectors.transactions_page(ada, limit=3)
    rest = selectors.transactions_page(ada, limit=3, before=first[-1].id)
    assert [row.booked for row in first + rest] == booked[::-1]


def test_each_user_gets_a_limit_of_their_own(purchase, people):
    services.post_transactions([purchase() for _ in range(4)])
    ids = [person.user_id for person in people.values()]
    found = selectors.transactions_of_users(ids, limit=3)
    assert {user_id: len(rows) for user_id, rows in found.items()} == dict.fromkeys(ids, 3)


def test_the_number_of_statements_does_not_grow_with_the_users(purchase, people, django_assert_num_queries):
    services.post_transactions([purchase()])
    ids = [person.user_id for person in people.values()]
    for batch in (ids[:1], ids, ids + [uuid4() for _ in range(20)]):
        with django_assert_num_queries(2):
            selectors.transactions_of_users(batch, limit=3)


def test_what_is_not_yours_is_not_found(purchase, people, accounts):
    row = purchase(source=("shop", "sales", "EUR"), target=("shop", "sales", "EUR"))
    services.post_transactions([row])
    ada, bob, analyst = people["ada"], people["bob"], Principal(uuid4(), Role.ANALYST)
    assert selectors.transaction_by_id(bob, row.id) == selectors.transaction_by_id(analyst, row.id)
    assert selectors.transactions_page(ada, limit=10) == []
    for read in (
        lambda: selectors.transaction_by_id(ada, row.id),
        lambda: selectors.account_by_id(ada, accounts["shop", "sales", "EUR"]),
        lambda: selectors.user_by_id(ada, bob.user_id),
    ):
        with pytest.raises(NotFound):
            read()
    assert {account.owner_id for account in selectors.accounts_page(ada, limit=10)} == {ada.user_id}
    assert [user.id for user in selectors.users_page(ada, limit=10)] == [ada.user_id]
    assert len(selectors.users_page(analyst, limit=10)) == 2


def test_accounts_are_made_once_and_change_hands(people, accounts):
    ada, bob = people["ada"].user_id, people["bob"].user_id
    again = services.ensure_accounts([NewAccount(bob, "shop", "ada", "USD")])
    account_id = accounts["shop", "ada", "USD"]
    assert again == {("shop", "ada", "USD"): account_id}
    assert Account.objects.get(pk=account_id).owner_id == ada
    assert services.change_owners({account_id: bob}) == 1
    assert services.change_owners({account_id: bob}) == 0


@pytest.mark.parametrize("currency", ["usd", "US", "USDX", "U1D", ""])
def test_a_wrong_currency_is_refused(people, currency):
    with pytest.raises(InvalidInput) as refusal:
        services.ensure_accounts([NewAccount(people["ada"].user_id, "shop", "x", currency)])
    assert refusal.value.path == "currency"


@pytest.mark.django_db(transaction=True)
def test_concurrent_posting_neither_deadlocks_nor_loses(purchase, accounts):
    """Each pair goes both ways at once: unordered locks would deadlock."""
    ada, sales = ("shop", "ada", "USD"), ("shop", "sales", "USD")
    services.post_transactions([purchase("1000")])
    work = [[purchase("1.00") if turn % 2 else purchase("1.00", source=sales, target=ada)] for turn in range(60)]
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(_post_in_thread, work))
    assert sum(len(ids) for ids in stored) == 60
    assert Account.objects.get(pk=accounts[sales]).balance == 1000


def _post_in_thread(rows):
    try:
        return services.post_transactions(rows)
    finally:
        connections["default"].close()


def test_transactions_are_narrowed_by_any_account_they_touch_and_stay_ones_own(purchase, people, accounts):
    """Ada may ask which of her transactions touch Bob's account; those of Bob's that do not touch hers stay his."""
    hers = purchase()
    his = purchase("1.00", source=("shop", "sales", "USD"), target=("shop", "sales", "USD"))
    services.post_transactions([hers, his])
    sales = {"account": str(accounts["shop", "sales", "USD"])}
    found = {name: selectors.transactions_page(people[name], limit=10, filters=sales) for name in people}
    assert [row.id for row in found["ada"]] == [hers.id]
    assert {row.id for row in found["bob"]} == {hers.id, his.id}
    euros = {"account": str(accounts["shop", "sales", "EUR"])}
    assert selectors.transactions_page(people["ada"], limit=10, filters=euros) == []
