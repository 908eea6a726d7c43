"""Fifty transfers at once between two accounts, over real connections; and the same check without the row lock."""

from decimal import Decimal

import pytest
from django.db import connection

from core.errors import InsufficientFunds
from relational.models import Transaction
from relational.services import postings
from tests.integration.relational.posting import Bank, balance_of, check_books, in_threads, until_available

pytestmark = pytest.mark.django_db(transaction=True)
TRANSFERS = 50

# What somebody could write who knows no locks: read, think, write. Nobody writes before two have read: a sequence,
# which all sessions see at once, counts them. Where no second one comes, the test fails instead of waiting for ever.
READ_THEN_WRITE = """
CREATE OR REPLACE FUNCTION relational_add_to_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  change record;
  held numeric;
  patience timestamptz := clock_timestamp() + interval '30 seconds';
BEGIN
  FOR change IN SELECT account_id, amount FROM inserted ORDER BY account_id LOOP
    SELECT balance INTO held FROM relational_account WHERE id = change.account_id;
    PERFORM nextval('readers');
    WHILE (SELECT last_value FROM readers) < 2 LOOP
      IF clock_timestamp() > patience THEN
        RAISE EXCEPTION 'nobody else reads';
      END IF;
      PERFORM pg_sleep(0.002);
    END LOOP;
    UPDATE relational_account SET balance = held + change.amount WHERE id = change.account_id;
  END LOOP;
  RETURN NULL;
END $$
"""


@pytest.fixture
def bank():
    return Bank()


@pytest.fixture
def without_row_lock(monkeypatch):
    """Drop the row lock from the trigger and from the service."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('relational_add_to_balances'::regproc)")
        (locked,) = cursor.fetchone()
        cursor.execute("CREATE SEQUENCE readers")
        cursor.execute(READ_THEN_WRITE)
    monkeypatch.setattr(postings, "LOCK_ACCOUNTS", postings.LOCK_ACCOUNTS.replace("FOR NO KEY UPDATE", ""))
    yield
    with connection.cursor() as cursor:
        cursor.execute(locked)
        cursor.execute("DROP SEQUENCE readers")


def transfer_to_and_fro(bank):
    """Move 7 francs fifty times, in both directions at once."""

    def transfer(place):
        if place % 2:
            return bank.pay(bank.ada, bank.adas, bank.bobs, 7)
        return bank.pay(bank.bob, bank.bobs, bank.adas, 7)

    in_threads(TRANSFERS, lambda place: until_available(lambda: transfer(place)))


def test_fifty_transfers_to_and_fro_keep_the_sum(bank):
    transfer_to_and_fro(bank)
    check_books()
    assert Transaction.objects.count() == TRANSFERS + 2
    assert (balance_of(bank.adas), balance_of(bank.bobs)) == (100, 100)


def test_control_without_the_row_lock_the_same_check_fails(bank, without_row_lock):
    with pytest.raises(AssertionError):
        for _ in range(5):  # on a busy machine threads may happen to take turns
            transfer_to_and_fro(bank)
            check_books()


def test_fifty_withdrawals_at_once_never_overdraw(bank):
    """A hundred francs are three times thirty, whoever comes first."""

    def withdraw(_place):
        try:
            until_available(lambda: bank.pay(bank.ada, bank.adas, bank.world, 30))
        except InsufficientFunds:
            return False
        return True

    assert sum(in_threads(TRANSFERS, withdraw)) == 3
    assert balance_of(bank.adas) == Decimal(10)
    check_books()


def test_what_is_booked_last_has_the_newest_id(bank):
    """The ids of an account's transactions follow the order in which its balance changed."""
    transfer_to_and_fro(bank)
    with connection.cursor() as cursor:
        cursor.execute("SELECT backdated FROM relational_account")
        assert {backdated for (backdated,) in cursor.fetchall()} == {0}
