"""The invariants hold against SQL written by hand, not only against our services."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from core.ids import new_id
from relational import selectors, services
from relational.models import Account, Entry, Transaction
from tests.integration.relational.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused():
    """Run statements by hand and prove that the database refuses them, by name of the reason."""

    def run(reason, *statements):
        with pytest.raises(IntegrityError, match=reason), transaction.atomic(), connection.cursor() as cursor:
            for statement, parameters in statements:
                cursor.execute(statement, parameters)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    return run


def booking(book="shop"):
    row_id = new_id()
    return row_id, (
        "INSERT INTO relational_transaction VALUES (%s, %s, %s, '', '', '{}', now())",
        [row_id, book, NOON],
    )


def entry(transaction_id, account_id, amount):
    return "INSERT INTO relational_entry VALUES (%s, %s, %s, %s)", [new_id(), amount, account_id, transaction_id]


def test_a_balance_is_the_sum_of_its_entries(purchase, accounts):
    services.post_transactions([purchase("5.00"), purchase("0.25")])
    balances = dict(Account.objects.values_list("id", "balance"))
    assert balances[accounts["shop", "ada", "USD"]] == Decimal("-5.25")
    assert balances[accounts["shop", "sales", "USD"]] == Decimal("5.25")
    assert balances[accounts["shop", "sales", "EUR"]] == 0


def test_entries_that_do_not_sum_to_zero_are_refused(refused, accounts):
    row_id, insert = booking()
    ada, sales = accounts["shop", "ada", "USD"], accounts["shop", "sales", "USD"]
    refused("does not sum to zero: USD 1.0000", insert, entry(row_id, ada, -4), entry(row_id, sales, 5))


def test_the_sum_is_per_currency(refused, accounts):
    row_id, insert = booking()
    ada, euros = accounts["shop", "ada", "USD"], accounts["shop", "sales", "EUR"]
    refused("does not sum to zero", insert, entry(row_id, ada, -5), entry(row_id, euros, 5))


def test_a_transaction_without_entries_is_refused(refused, accounts):
    _, insert = booking()
    refused("has 0 entries", insert)


def test_an_entry_added_later_is_refused(refused, purchase, accounts):
    posted = purchase()
    services.post_transactions([posted])
    refused("does not sum to zero", entry(posted.id, accounts["shop", "sales", "USD"], 1))


def test_accounts_of_another_book_are_refused(refused, accounts):
    row_id, insert = booking()
    ada, bank = accounts["shop", "ada", "USD"], accounts["bank", "sales", "USD"]
    refused("another book", insert, entry(row_id, ada, -5), entry(row_id, bank, 5))


def test_an_asset_account_never_goes_below_zero(refused, accounts):
    row_id, insert = booking()
    ada, sales = accounts["shop", "ada", "USD"], accounts["shop", "sales", "USD"]
    refused("account_asset_not_overdrawn", insert, entry(row_id, ada, 5), entry(row_id, sales, -5))


@pytest.mark.parametrize("table", ["relational_entry", "relational_transaction"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_ledger_is_append_only(refused, purchase, table, change):
    services.post_transactions([purchase()])
    refused("append-only", (change.format(table), []))
    assert Entry.objects.count() == 2
    assert Transaction.objects.count() == 1


@pytest.mark.parametrize("change", ["balance = 7", "number = 'other'", "currency = 'EUR'", "book = 'other'"])
def test_an_accounts_balance_and_name_are_not_writable(refused, accounts, change):
    refused("by entries only|never change", (f"UPDATE relational_account SET {change}", []))


def test_an_account_opens_empty(refused, people):
    refused(
        "opens with a balance",
        (
            "INSERT INTO relational_account VALUES (%s, 'shop', 'x', 'USD', 'asset', 5, now(), %s)",
            [new_id(), people["ada"].user_id],
        ),
    )


def test_control_without_the_trigger_the_sum_is_not_held(accounts):
    """The tests above catch a missing trigger: without it the same statements pass."""
    row_id, insert = booking()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE relational_entry DISABLE TRIGGER entry_balanced")
        cursor.execute("ALTER TABLE relational_transaction DISABLE TRIGGER transaction_balanced")
        for statement, parameters in (insert, entry(row_id, accounts["shop", "ada", "USD"], -4)):
            cursor.execute(statement, parameters)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE relational_entry ENABLE TRIGGER entry_balanced")
        cursor.execute("ALTER TABLE relational_transaction ENABLE TRIGGER transaction_balanced")
    assert len(selectors.transactions_of_accounts([accounts["shop", "ada", "USD"]], limit=1)) == 1
    transaction.set_rollback(True)
