"""Narrowing a person's transactions by time reads that time, however long the history is; ids follow the time."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from core.errors import InvalidInput
from core.ids import derive_id, new_id
from relational import selectors, services
from relational.rows import NewEntry, NewTransaction
from relational.selectors import transactions
from tests.integration.relational.conftest import NOON
from tests.integration.relational.posting import Bank

pytestmark = pytest.mark.django_db
HISTORY = 3000
MINUTE = timedelta(minutes=1)
OLDEST = {"booked_from": NOON, "booked_before": NOON + 3 * MINUTE}
NEWEST = {"booked_from": NOON + (HISTORY - 3) * MINUTE, "booked_before": NOON + HISTORY * MINUTE}
HALF_AN_HOUR = 30 * MINUTE
NOTHING = {"booked_from": NOON + HALF_AN_HOUR + MINUTE / 3, "booked_before": NOON + HALF_AN_HOUR + MINUTE / 2}
MOST_BUFFERS = 100


def booking(bank, booked: datetime):
    entries = (NewEntry(bank.adas, Decimal(1)), NewEntry(bank.world, Decimal(-1)))
    return NewTransaction(derive_id(booked, new_id().bytes), "bank", booked, entries)


@pytest.fixture
def bank():
    """A history of Ada's: a booking a minute."""
    bank = Bank()
    services.post_transactions([booking(bank, NOON + place * MINUTE) for place in range(HISTORY)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE relational_entry, relational_transaction, relational_account")
    return bank


@pytest.fixture
def buffers(bank, monkeypatch):
    """Return how many pages of the cache a page of transactions touches."""
    plans = []

    def explain(sql, parameters):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", parameters)
            (answer,) = cursor.fetchone()
        plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
        plans.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
        return []

    def count(filters, **options):
        with monkeypatch.context() as patch:
            patch.setattr(transactions, "fetch_rows", explain)
            selectors.transactions_page(bank.ada, limit=10, filters=filters, **options)
        return plans.pop()

    return count


@pytest.mark.parametrize("filters", [OLDEST, NEWEST, NOTHING], ids=["oldest", "newest", "nothing"])
def test_a_page_reads_its_time_and_no_other(buffers, filters):
    assert buffers(filters) < MOST_BUFFERS


@pytest.mark.parametrize("person", ["ada", "operator"])
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (OLDEST, [2, 1, 0]),
        (NEWEST, [HISTORY - 1, HISTORY - 2, HISTORY - 3]),
        ({"booked_before": NOON + 2 * MINUTE}, [1, 0]),
        ({"booked_from": NOON + timedelta(microseconds=1), "booked_before": NOON + 2 * MINUTE}, [1]),
    ],
)
def test_the_bounds_are_those_of_the_times_themselves(bank, person, filters, expected):
    found = selectors.transactions_page(getattr(bank, person), limit=10, filters={**filters, "account": str(bank.adas)})
    assert [(row.booked - NOON) // MINUTE for row in found] == expected


def test_times_before_1970_are_found(bank):
    booked = datetime.fromisoformat("1958-05-01T12:00:00+00:00")
    services.post_transactions([booking(bank, booked)])
    filters = {"booked_from": booked - MINUTE, "booked_before": booked + MINUTE}
    assert [row.booked for row in selectors.transactions_page(bank.ada, limit=10, filters=filters)] == [booked]


def test_an_id_of_another_time_is_refused(bank):
    wrong = replace(booking(bank, NOON), id=derive_id(NOON + MINUTE, b"x"))
    with pytest.raises(InvalidInput, match="id") as refused:
        services.post_transactions([booking(bank, NOON), wrong])
    assert refused.value.path.endswith(".id")
