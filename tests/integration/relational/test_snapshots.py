"""Reads of one moment within a deadline, and lists bounded per owner."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from core.deadlines import Deadline
from core.errors import StoreTimeout
from core.ids import new_id
from core.principals import Principal, Role
from relational import selectors, services
from relational.rows import NewAccount
from relational.snapshots import read_snapshot

pytestmark = pytest.mark.django_db(transaction=True)


def on_a_thread(work):
    """Run work on a thread of its own, as the mixed read does, and return what it returned."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result(60)


@pytest.fixture
def ada():
    return services.ensure_users(["ada"])["ada"]


def test_the_reads_of_a_snapshot_see_one_moment(ada):
    def work():
        with read_snapshot(Deadline(60.0)):
            before = selectors.keys_of_users([ada])[ada]
            on_a_thread(lambda: add_key(ada))
            return before, selectors.keys_of_users([ada])[ada]

    assert on_a_thread(work) == ([], [])
    assert len(selectors.keys_of_users([ada])[ada]) == 1


def add_key(user_id):
    try:
        services.add_keys([(user_id, "badges.number", "7")])
    finally:
        connections["default"].close()


def test_a_statement_ends_by_the_deadline():
    def work():
        with read_snapshot(Deadline(0.3)), connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

    with pytest.raises(StoreTimeout, match="statement timeout"):
        on_a_thread(work)


def test_nothing_left_of_the_deadline_reads_nothing():
    with pytest.raises(StoreTimeout, match="nothing is left"), read_snapshot(Deadline(0.0)):
        raise AssertionError("it was opened")


def test_accounts_are_bounded_per_owner_and_ordered_by_code_points(ada):
    owners = {"ada": ada, "bob": services.ensure_users(["bob"])["bob"]}
    numbers = {name: [f"{letter} {name}" for letter in ("b", "a", "B", "A", "é", "10", "9")] for name in owners}
    services.ensure_accounts(
        [NewAccount(owners[name], "shop", number, "USD") for name in owners for number in numbers[name]]
    )
    found = selectors.accounts_of_users([*owners.values(), ada], limit=5)
    shown = {name: [account.number for account in found[owner]] for name, owner in owners.items()}
    assert shown == {name: sorted(numbers[name])[:5] for name in owners}


def test_users_are_those_that_there_are_and_that_one_may_see(ada):
    bob = services.ensure_users(["bob"])["bob"]
    asked = [ada, bob, new_id()]
    assert set(selectors.users_by_id(Principal(ada, Role.ANALYST), asked)) == {ada, bob}
    assert set(selectors.users_by_id(Principal(ada), asked)) == {ada}
    assert selectors.users_by_id(Principal(ada), [ada])[ada] == selectors.user_by_id(Principal(ada), ada)
