"""Units of work: run again when PostgreSQL sacrifices them, a few times, and nested as one."""

import threading
from contextlib import suppress

import psycopg
import pytest
from django.db import connection, connections, transaction

from core.errors import Conflict, StoreUnavailable
from relational import units
from relational.models import User
from relational.units import ATTEMPTS, run_unit
from tests.integration.relational.posting import Bank, balance_of, check_books

pytestmark = pytest.mark.django_db(transaction=True)
SACRIFICE = "DO $$ BEGIN RAISE EXCEPTION 'sacrificed' USING ERRCODE = '{}'; END $$"


@pytest.fixture
def bank():
    return Bank()


def test_a_real_deadlock_is_run_again_and_done_once(bank, monkeypatch):
    """PostgreSQL sacrifices who has waited longest; the payment is made again until it was that one."""
    again, rounds = [], 0
    run_again = units._run_again

    def note(work):
        again.append(work)
        return run_again(work)

    monkeypatch.setattr(units, "_run_again", note)
    while not again:
        rounds += 1
        meet_head_on(bank)
    assert balance_of(bank.bobs) == 100 + 10 * rounds
    check_books()


def meet_head_on(bank):
    """Let another session lock the accounts in the other order than a payment does."""
    first, second = sorted([bank.adas, bank.bobs])
    lock = "SELECT 1 FROM relational_account WHERE id = %s FOR UPDATE"
    with another_session() as other, suppress(psycopg.errors.DeadlockDetected):
        other.execute(lock, [second])
        payer = threading.Thread(target=pay, args=[bank])
        payer.start()
        wait_until_blocked(other)
        other.execute(lock, [first])
        other.rollback()
    payer.join()


def another_session():
    parameters = {name: connection.settings_dict[name.upper()] for name in ("host", "port", "user", "password")}
    return psycopg.connect(**parameters, dbname=connection.settings_dict["NAME"])


def pay(bank):
    bank.pay(bank.ada, bank.adas, bank.bobs, 10)
    connections["default"].close()


BLOCKED = """SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (
    SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE datname = current_database())"""


def wait_until_blocked(session):
    while session.execute(BLOCKED).fetchone() == (0,):
        session.execute("SELECT pg_sleep(0.01)")


@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_sacrificed_every_time_it_ends_as_unavailable_with_nothing_done(code):
    tries = []

    def work():
        tries.append(1)
        User.objects.create(username=f"user {len(tries)}")
        with connection.cursor() as cursor:
            cursor.execute(SACRIFICE.format(code))

    with pytest.raises(StoreUnavailable):
        run_unit(work)
    assert len(tries) == ATTEMPTS
    assert not User.objects.exists()


def test_what_is_refused_is_not_tried_again():
    tries = []

    def work():
        tries.append(1)
        raise Conflict("no")

    with pytest.raises(Conflict):
        run_unit(work)
    assert len(tries) == 1


def test_a_unit_in_a_unit_is_a_part_of_it():
    def work():
        run_unit(lambda: User.objects.create(username="inner"))
        raise Conflict("no")

    with pytest.raises(Conflict):
        run_unit(work)
    assert not User.objects.exists()


def test_a_unit_in_anothers_transaction_is_undone_alone():
    def refuse():
        User.objects.create(username="inner")
        raise Conflict("no")

    with transaction.atomic():
        User.objects.create(username="outer")
        with pytest.raises(Conflict):
            run_unit(refuse)
    assert list(User.objects.values_list("username", flat=True)) == ["outer"]
