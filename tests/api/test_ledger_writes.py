"""The ledger's writes through HTTP: what is answered, and how wrong bodies are refused."""

import json

import pytest
from django.db import DatabaseError, transaction

from core.ids import new_id
from core.principals import SYSTEM
from relational import services
from relational.models import Account
from relational.rows import NewAccount
from tests.api.conftest import problem

TRANSACTIONS = "/api/v1/transactions"
ACCOUNTS = "/api/v1/accounts"
JSON = "application/json"
pytestmark = pytest.mark.django_db


def post(person, path, body, **headers):
    return person.client.post(path, body, content_type=JSON, headers=headers)


def opened(person, *, kind="asset", book="api", currency="CHF"):
    account = NewAccount(person.id, book, str(new_id()), currency, kind)
    return str(services.open_account(SYSTEM, account).id)


def entries(*pairs):
    return {"entries": [{"account_id": account, "amount": amount} for account, amount in pairs]}


@pytest.fixture
def accounts(people):
    """Ada's account, with ten francs, Bob's, and the outside world's."""
    found = {
        "ada": opened(people["ada"]),
        "bob": opened(people["bob"]),
        "world": opened(people["oli"], kind="external"),
    }
    answer = post(people["oli"], TRANSACTIONS, entries((found["world"], "-10"), (found["ada"], "10")))
    assert answer.status_code == 201, answer.content
    return found


def test_a_transfer_is_answered_as_it_is_read(people, accounts):
    body = {**entries((accounts["ada"], "-2.50"), (accounts["bob"], "2.5")), "description": "lunch"}
    answer = post(people["ada"], TRANSACTIONS, body)
    assert answer.status_code == 201
    posted = answer.json()
    assert answer.headers["location"] == f"{TRANSACTIONS}/{posted['id']}"
    assert people["bob"].get(answer.headers["location"]).json() == posted
    assert [entry["amount"] for entry in posted["entries"]] == ["-2.5000", "2.5000"]
    assert (posted["description"], posted["posted_by"]) == ("lunch", str(people["ada"].id))
    assert people["ada"].get(f"{ACCOUNTS}/{accounts['ada']}").json()["balance"] == "7.5000"


def test_a_reversal_is_answered_and_seen_from_both_sides(people, accounts):
    paid = post(people["ada"], TRANSACTIONS, entries((accounts["ada"], "-4"), (accounts["bob"], "4"))).json()
    address = f"{TRANSACTIONS}/{paid['id']}/reversal"
    answer = post(people["bob"], address, {"description": "refund"})
    assert answer.status_code == 201
    reversal = answer.json()
    assert (reversal["reverses"], reversal["reversed_by"]) == (paid["id"], None)
    assert people["ada"].get(f"{TRANSACTIONS}/{paid['id']}").json()["reversed_by"] == reversal["id"]
    assert "reversed already" in problem(post(people["bob"], address, {}), 409, "conflict")["detail"]


def test_a_statement_pages_with_balances(people, accounts):
    for amount in ("1", "2", "3"):
        post(people["ada"], TRANSACTIONS, entries((accounts["ada"], f"-{amount}"), (accounts["bob"], amount)))
    address, rows = f"{ACCOUNTS}/{accounts['ada']}/statement", []
    answer = people["ada"].get(address, limit=3)
    rows += answer.json()["results"]
    answer = people["ada"].get(address, limit=3, cursor=answer.json()["next"])
    rows += answer.json()["results"]
    assert answer.json()["next"] is None
    assert [row["balance"] for row in rows] == ["4.0000", "7.0000", "9.0000", "10.0000"]
    assert people["ada"].get(address, booked_before="2026-01-01T00:00:00Z").json()["results"] == []


def test_an_account_is_opened_for_oneself_and_answered_as_it_is_read(people):
    body = {"book": "api", "number": "mine", "currency": "CHF"}
    answer = post(people["ada"], ACCOUNTS, body)
    assert answer.status_code == 201
    opened = answer.json()
    assert people["ada"].get(answer.headers["location"]).json() == opened
    assert (opened["owner_id"], opened["kind"], opened["balance"]) == (str(people["ada"].id), "asset", "0.0000")
    problem(post(people["bob"], ACCOUNTS, body), 409, "conflict")


@pytest.mark.parametrize(
    "currency", ["chf", "CH", "CHFF", "CHF\n", "\uff23\uff28\uff26", "\u0421HF", "\u00c0BC", "CH1", "", 756, None]
)
def test_a_currency_is_three_capital_letters_of_ascii(people, currency):
    answer = post(people["ada"], ACCOUNTS, {"book": "api", "number": str(new_id()), "currency": currency})
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == "currency"
    with pytest.raises(DatabaseError), transaction.atomic():
        Account.objects.create(book="api", number=str(new_id()), currency=currency, user_id=people["ada"].id)


@pytest.mark.parametrize("more", [{"kind": "external"}, {"overdraft_limit": "1"}])
def test_what_only_operators_open(people, more):
    body = {"book": "api", "number": str(new_id()), "currency": "CHF", **more}
    problem(post(people["ada"], ACCOUNTS, body), 403, "permission_refused")
    assert post(people["oli"], ACCOUNTS, body).status_code == 201


def test_an_owner_that_is_not_there_and_one_that_is_not_yours_answer_alike(people):
    details = set()
    for owner in (str(people["bob"].id), str(new_id())):
        body = {"book": "api", "number": "x", "currency": "CHF", "owner_id": owner}
        refused = problem(post(people["ada"], ACCOUNTS, body), 404, "not_found")
        details.add(refused["detail"].replace(owner, "x"))
        assert [error["path"] for error in refused["errors"]] == ["owner_id"]
    assert len(details) == 1


def test_who_may_not_take_back_is_refused_without_entries(people, accounts):
    paid = post(people["ada"], TRANSACTIONS, entries((accounts["ada"], "-1"), (accounts["bob"], "1"))).json()
    refused = post(people["ada"], f"{TRANSACTIONS}/{paid['id']}/reversal", {})
    assert problem(refused, 404, "not_found")["errors"] == []


def test_an_overdraft_limit_is_set_by_operators_and_not_below_what_is_overdrawn(people, accounts):
    address = f"{ACCOUNTS}/{accounts['ada']}"

    def change(person, limit):
        return person.client.patch(address, {"overdraft_limit": limit}, content_type=JSON)

    assert change(people["oli"], "5").json()["overdraft_limit"] == "5.0000"
    assert (
        post(people["ada"], TRANSACTIONS, entries((accounts["ada"], "-12"), (accounts["bob"], "12"))).status_code == 201
    )
    problem(change(people["oli"], "1.9999"), 409, "conflict")
    assert change(people["adm"], "2").status_code == 200
    problem(change(people["oli"], "-1"), 400, "invalid_input")


WRONG_AMOUNTS = ["1e5", "NaN", "Infinity", "0x1", "-0", "0", "0.0000", "+1", "", " 1", "1 ", "1.", ".5", "1.23456", "1_0",
                 "1,5", "٣", "01", "1" * 17, "-", "1\n", 1, 1.5, True, None, ["1"], {"a": 1}]  # fmt: skip


@pytest.mark.parametrize("amount", WRONG_AMOUNTS, ids=repr)
def test_wrong_amounts_are_named(people, accounts, amount):
    answer = post(people["ada"], TRANSACTIONS, entries((accounts["ada"], "-1"), (accounts["bob"], amount)))
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == "entries[1].amount"


def test_a_number_is_refused_with_what_to_write(people, accounts):
    answer = post(people["ada"], TRANSACTIONS, entries((accounts["ada"], -1), (accounts["bob"], 1.0)))
    found = problem(answer, 400, "invalid_input")["errors"]
    assert [error["path"] for error in found] == ["entries[0].amount", "entries[1].amount"]
    assert "as text" in found[0]["message"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "entries"),
        ({"entries": []}, "entries"),
        ({"entries": "x"}, "entries"),
        ({"entries": [{"account_id": "7", "amount": "1"}, {}]}, "entries[0].account_id"),
        ({"entries": [{"account_id": str(new_id()), "amount": "1"}] * 101}, "entries"),
        ({"entries": [{"account_id": str(new_id()), "amount": "1"}] * 2}, "entries[1].account_id"),
        ({"entries": [], "book": "x"}, "book"),
        ({"entries": [], "description": 7}, "description"),
        ({"entries": [], "description": "x" * 201}, "description"),
    ],
    ids=["nothing", "no entries", "text", "no id", "too many", "twice", "unknown field", "a number", "over-long"],
)
def test_wrong_bodies_are_named(people, body, path):
    found = problem(post(people["ada"], TRANSACTIONS, body), 400, "invalid_input")["errors"]
    assert path in {error["path"] for error in found}


def test_what_the_ledger_refuses_says_why(people, accounts):
    ada, bob, world = accounts["ada"], accounts["bob"], accounts["world"]
    for pairs, status, code, path in [
        (((ada, "-10.0001"), (bob, "10.0001")), 409, "insufficient_funds", None),
        (((ada, "-1"), (bob, "2")), 400, "invalid_input", "entries"),
        (((bob, "-1"), (ada, "1")), 404, "not_found", "entries[0].account_id"),
        (((ada, "1"), (world, "-1")), 404, "not_found", "entries[1].account_id"),
        (((ada, "-1"), (str(new_id()), "1")), 404, "not_found", "entries[1].account_id"),
        (((ada, "-1"), (opened(people["bob"], book="other"), "1")), 400, "invalid_input", "entries"),
    ]:
        answer = problem(post(people["ada"], TRANSACTIONS, entries(*pairs)), status, code)
        assert [error["path"] for error in answer["errors"]] == ([path] if path else [])
        assert "10.0000" not in json.dumps(answer)
    assert people["ada"].get(f"{ACCOUNTS}/{ada}").json()["balance"] == "10.0000"


def test_a_key_answers_the_same_again_and_stands_for_one_request(people, accounts):
    body = entries((accounts["ada"], "-1"), (accounts["bob"], "1"))
    first, again = (post(people["ada"], TRANSACTIONS, body, **{"idempotency-key": "k1"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.content, first.headers["location"]) == (again.content, again.headers["location"])
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    other = entries((accounts["ada"], "-2"), (accounts["bob"], "2"))
    problem(post(people["ada"], TRANSACTIONS, other, **{"idempotency-key": "k1"}), 422, "idempotency_mismatch")
    address = f"{first.headers['location']}/reversal"
    problem(post(people["oli"], address, {}, **{"idempotency-key": "k 1"}), 400, "invalid_input")
    twice = [post(people["oli"], address, {}, **{"idempotency-key": "k1"}) for _ in range(2)]
    assert [answer.status_code for answer in twice] == [201, 201]
    problem(post(people["oli"], address, {}, **{"idempotency-key": "k2"}), 409, "conflict")


@pytest.mark.parametrize("key", ["", " ", "a b", "ä", "x" * 256, "a\tb", "\x7f"])
def test_wrong_keys_are_refused(people, accounts, key):
    body = entries((accounts["ada"], "-1"), (accounts["bob"], "1"))
    answer = post(people["ada"], TRANSACTIONS, body, **{"idempotency-key": key})
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == "Idempotency-Key"


def test_accounts_are_opened_once_under_a_key(people):
    body = {"book": "api", "number": "once", "currency": "CHF"}
    answers = [post(people["ada"], ACCOUNTS, body, **{"idempotency-key": "x" * 255}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
