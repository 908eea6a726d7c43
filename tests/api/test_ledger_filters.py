"""Lists of transactions narrowed by what they say: alike for who sees everything and for whose they are."""

import pytest

from tests.api.conftest import problem
from tests.api.test_ledger_writes import TRANSACTIONS, entries, opened, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def posted(people):
    """Three transactions of Ada's, by description; Bob posts the last."""
    ada, world = opened(people["ada"]), opened(people["oli"], kind="external")
    bob = opened(people["bob"])
    sent = [
        ("oli", "Deposit 100%", ((world, "-10"), (ada, "8"), (bob, "2"))),
        ("ada", "Lunch_in Bern", ((ada, "-2.5"), (bob, "2.5"))),
        ("bob", "coffee", ((bob, "-2.5"), (ada, "2.5"))),
    ]
    found = {}
    for name, description, pairs in sent:
        answer = post(people[name], TRANSACTIONS, {**entries(*pairs), "description": description})
        assert answer.status_code == 201, answer.content
        found[description] = answer.json()["id"]
    return found


@pytest.mark.parametrize("name", ["ada", "ana"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"description": "LUNCH"}, ["Lunch_in Bern"]),
        ({"description": "%"}, ["Deposit 100%"]),
        ({"description": "h_i"}, ["Lunch_in Bern"]),
        ({"amount": "2.5"}, ["coffee", "Lunch_in Bern"]),
        ({"amount": "10.0"}, ["Deposit 100%"]),
        ({"amount": "0"}, []),
        ({"amount": "2.50", "description": "o"}, ["coffee"]),
        ({"data_set": "none"}, []),
    ],
)
def test_transactions_are_narrowed_by_what_they_say(people, posted, name, query, expected):
    found = people[name].get(TRANSACTIONS, book="api", **query).json()["results"]
    assert [row["description"] for row in found] == expected


@pytest.mark.parametrize("name", ["ada", "ana"])
def test_transactions_are_narrowed_by_who_posted_them(people, posted, name):
    found = people[name].get(TRANSACTIONS, posted_by=str(people["bob"].id)).json()["results"]
    assert [row["id"] for row in found] == [posted["coffee"]]


@pytest.mark.parametrize("amount", ["-1", "1e1", "NaN", "1.23456", "x", "+1", "٣"])
@pytest.mark.parametrize("name", ["ada", "ana"])
def test_a_wrong_amount_is_named(people, name, amount):
    answer = people[name].get(TRANSACTIONS, amount=amount)
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == "amount"
