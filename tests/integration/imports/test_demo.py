"""Demo data in all three stores, tied together, and its log-ins."""

import pytest

from core.principals import Principal, Role
from documents import selectors as documents
from imports import demo
from imports.demo_people import make_people
from imports.owners import principal_by_username
from relational import selectors as ledger
from relational.models import Transaction, User
from timeseries import selectors as timeseries
from timeseries.memory import forget_everything

pytestmark = pytest.mark.django_db(databases=["default", "documents", "timeseries"], transaction=True)


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    forget_everything()
    for name in ("DEMO_USER", "DEMO_PASSWORD", "ADMIN_USER", "ADMIN_PASSWORD"):
        monkeypatch.delenv(f"TRIVIUM_{name}", raising=False)


def state():
    everything = Principal(principal_by_username(demo.SHOP_USER).user_id, Role.OPERATOR)
    return (
        sorted(User.objects.values_list("username", flat=True)),
        sorted(Transaction.objects.values_list("id", flat=True)),
        documents.documents_page(everything, demo.COLLECTION, limit=100),
        timeseries.count_events(demo.STREAM),
    )


def test_each_person_has_things_in_every_store(run_command, monkeypatch):
    monkeypatch.setenv("TRIVIUM_DEMO_USER", "demo")
    monkeypatch.setenv("TRIVIUM_DEMO_PASSWORD", "correct horse battery")
    run = run_command("load_demo", "--users", "3", "--seed", "7")
    assert run.status == 0
    assert run.output.startswith("demo: 3 users, ")
    assert run.output.endswith(" transactions, 3 documents, 300 events\n")
    user = User.objects.get(username="demo")
    assert user.check_password("correct horse battery")
    assert (user.role, user.email) == ("consumer", next(iter(make_people(1, 7))).email)
    me = Principal(user.id)
    (key,) = ledger.keys_of_users([user.id])[user.id]
    assert key.source == demo.KEY_SOURCE
    accounts = ledger.accounts_of_users([user.id], limit=10)[user.id]
    assert [account.number for account in accounts] == [key.key, f"{key.key}-card"]
    assert accounts[0].balance >= 0
    assert len(ledger.transactions_of_users([user.id], limit=100)[user.id]) > 15
    found = documents.documents_by_values(
        me,
        demo.COLLECTION,
        "customer.number",
        [key.key],
        limit_per_value=5,
        linked_to={"customer.number": [key.key]},
    )
    assert [profile.fields["accounts"] for profile in found[key.key]] == [[key.key, f"{key.key}-card"]]
    actor = f"user:{user.id}"
    events = timeseries.events_by_actors(me, [actor], limit_per_actor=200, own_actors=[actor])
    assert len(events[actor]) == 100


def test_second_run_changes_nothing_and_more_people_keep_the_first(run_command):
    run_command("load_demo", "--users", "2")
    before = state()
    run_command("load_demo", "--users", "2")
    assert state() == before
    run_command("load_demo", "--users", "3")
    users, transactions, profiles, events = state()
    assert set(before[0]) < set(users)
    assert set(before[1]) < set(transactions)
    assert profiles[:2] == before[2]
    assert events == 300


def test_log_ins_of_the_environment_are_made(run_command, monkeypatch):
    monkeypatch.setenv("TRIVIUM_ADMIN_USER", "chief")
    monkeypatch.setenv("TRIVIUM_ADMIN_PASSWORD", "correct horse battery")
    assert run_command("load_demo", "--users", "1").status == 0
    chief = User.objects.get(username="chief")
    assert (chief.role, chief.is_superuser, chief.check_password("correct horse battery")) == ("admin", True, True)
    assert not any(user.has_usable_password() for user in User.objects.exclude(username="chief"))


@pytest.mark.parametrize("users", ["0", "100001"])
def test_size_has_bounds(run_command, users):
    run = run_command("load_demo", "--users", users)
    assert (run.status, run.errors) == (65, "invalid_input: --users is between 1 and 100000\n")


def test_password_that_may_not_be_is_told(run_command, monkeypatch):
    monkeypatch.setenv("TRIVIUM_ADMIN_USER", "chief")
    monkeypatch.setenv("TRIVIUM_ADMIN_PASSWORD", "short")
    run = run_command("load_demo", "--users", "1")
    assert run.status == 65
    assert "too short" in run.errors
