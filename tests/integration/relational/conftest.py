from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.ids import id_at
from core.principals import Principal
from relational import services
from relational.rows import NewAccount, NewEntry, NewTransaction

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def people(db):
    """Two consumers, by name."""
    return {name: Principal(user_id) for name, user_id in services.ensure_users(["ada", "bob"]).items()}


@pytest.fixture
def accounts(people):
    """Ada's external account, Bob's asset account, one in another currency, one in another book."""
    ada, bob = people["ada"].user_id, people["bob"].user_id
    return services.ensure_accounts(
        [
            NewAccount(ada, "shop", "ada", "USD", "external"),
            NewAccount(bob, "shop", "sales", "USD"),
            NewAccount(bob, "shop", "sales", "EUR"),
            NewAccount(bob, "bank", "sales", "USD"),
        ],
    )


@pytest.fixture
def purchase(accounts):
    """Make a purchase of Ada's at Bob's."""

    def make(amount="5.00", booked=NOON, *, source=("shop", "ada", "USD"), target=("shop", "sales", "USD")):
        entries = (NewEntry(accounts[source], -Decimal(amount)), NewEntry(accounts[target], Decimal(amount)))
        return NewTransaction(id_at(booked), "shop", booked, entries, details={"cds": 1})

    return make
