"""Rows of the ledger as plain values: whose an account is and what is on it is all that rules look at."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.ids import new_id
from relational.rows import AccountRow

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def make_account():
    def make(owner_id, *, balance="0", limit="0", book="bank", currency="CHF", kind="asset"):
        row_id = new_id()
        return AccountRow(
            row_id, owner_id, book, row_id.hex[-6:], currency, kind, Decimal(balance), Decimal(limit), NOON
        )

    return make
