from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from core.errors import OutcomeUnknown, StoreTimeout, StoreUnavailable
from relational import selectors, services
from relational.rows import NewAccount
from tests.api.conftest import problem, purchase

TRANSACTIONS = "/api/v1/transactions"


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def walk(person, path, **query):
    """Follow Link headers to the end; return the pages' ids."""
    answer = person.get(path, **query)
    pages = [ids(answer)]
    while "link" in answer.headers:
        address = answer.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
        assert parse_qs(urlsplit(address).query)["cursor"] == [answer.json()["next"]]
        answer = person.client.get(address)
        pages.append(ids(answer))
    assert answer.json()["next"] is None
    return pages


def test_a_transaction_is_exact(people, ledger):
    found = people["ada"].get(f"{TRANSACTIONS}/{ledger['transactions'][2]}").json()
    assert found == {
        "id": str(ledger["transactions"][2]),
        "book": "shop",
        "booked": "2026-01-31T12:02:00.000000Z",
        "description": "purchase 2",
        "data_set": "",
        "details": {"cds": 2},
        "posted_by": None,
        "reverses": None,
        "reversed_by": None,
        "entries": [
            {
                "account_id": str(ledger["accounts"]["shop:ada"]),
                "number": "ada",
                "currency": "USD",
                "amount": "-3.5000",
            },
            {
                "account_id": str(ledger["accounts"]["shop:sales"]),
                "number": "sales",
                "currency": "USD",
                "amount": "3.5000",
            },
        ],
    }


def test_an_account_has_its_balance_as_text(people, ledger):
    found = people["oli"].get(f"/api/v1/accounts/{ledger['accounts']['shop:sales']}").json()
    assert found["balance"] == "24.0000"
    assert found["owner_id"] == str(people["oli"].id)


def test_ids_may_be_written_in_capitals(people, ledger):
    address = f"/api/v1/accounts/{str(ledger['accounts']['shop:ada']).upper()}"
    assert people["ada"].get(address).json()["number"] == "ada"


def flat(pages):
    return [row_id for page in pages for row_id in page]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7])
@pytest.mark.parametrize("name", ["ada", "adm"])
def test_transactions_page_newest_first_without_gap_or_repeat(people, ledger, name, limit):
    expected = [str(row_id) for row_id in reversed(ledger["transactions"])]
    expected = expected[1:] if name == "ada" else expected
    pages = walk(people[name], TRANSACTIONS, limit=limit, book="shop")
    assert flat(pages) == expected
    assert all(len(page) == limit for page in pages[:-1])
    assert pages[-1]


@pytest.mark.parametrize("path", ["/api/v1/users", "/api/v1/accounts"])
def test_lists_page_without_gap_or_repeat(people, ledger, path):
    whole = ids(people["adm"].get(path))
    assert flat(walk(people["adm"], path, limit=2)) == whole
    assert whole == sorted(whole)


@pytest.mark.parametrize("name", ["ada", "ana"])
@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({"booked_from": "2026-01-31T12:03:00Z"}, [4, 3]),
        ({"booked_from": "2026-01-31T13:03:00+01:00", "booked_before": "2026-01-31T12:04:00Z"}, [3]),
        ({"booked_before": "2026-01-31T12:01:00.000001Z"}, [1, 0]),
        ({"book": "bank"}, []),
        ({"book": "shop", "booked_before": "2026-01-31T12:01:00Z"}, [0]),
    ],
)
def test_transactions_are_narrowed(people, ledger, name, query, places):
    account = str(ledger["accounts"]["shop:ada"])
    expected = [str(ledger["transactions"][place]) for place in places]
    assert ids(people[name].get(TRANSACTIONS, account=account, **query)) == expected
    assert flat(walk(people[name], TRANSACTIONS, account=account, limit=1, **query)) == expected


def test_a_transaction_between_two_accounts_seen_stands_once(people, ledger):
    assert len(ids(people["ana"].get(TRANSACTIONS, book="shop"))) == 6


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"book": "bank"}, ["savings"]),
        ({"number": "ada"}, ["ada"]),
        ({"kind": "asset"}, ["sales", "savings"]),
        ({"currency": "CHF", "book": "shop"}, []),
    ],
)
def test_accounts_are_narrowed(people, ledger, query, numbers):
    found = people["ana"].get("/api/v1/accounts", **query).json()["results"]
    assert sorted(account["number"] for account in found) == numbers


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (TRANSACTIONS, {"account": "7"}),
        (TRANSACTIONS, {"booked_from": "yesterday"}),
        (TRANSACTIONS, {"booked_from": "2026-01-31T12:00:00"}),
        (TRANSACTIONS, {"booked_before": "9999-12-31T23:59:59-23:00"}),
        ("/api/v1/accounts", {"owner": "ada"}),
        ("/api/v1/accounts", {"kind": "other"}),
    ],
)
def test_wrong_filters_are_refused_by_name(people, path, query):
    answer = people["ada"].get(path, **query)
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == next(iter(query))


def next_cursor(person, limit=2, **query):
    return person.get(TRANSACTIONS, limit=limit, **query).json()["next"]


def test_a_cursor_is_bound_to_who_asks_what(people, ledger):
    cursor = next_cursor(people["ada"])
    for person, path, query in [
        (people["ana"], TRANSACTIONS, {}),
        (people["ada"], "/api/v1/accounts", {}),
        (people["ada"], TRANSACTIONS, {"book": "shop"}),
    ]:
        answer = person.get(path, cursor=cursor, **query)
        assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == "cursor"
    assert len(ids(people["ada"].get(TRANSACTIONS, cursor=cursor, limit=3))) == 3


def test_a_tampered_cursor_is_refused_at_every_character(people, ledger):
    cursor = next_cursor(people["ada"])
    for place in range(len(cursor)):
        for changed in (cursor[:place] + cursor[place + 1 :], cursor[:place] + "A" + cursor[place + 1 :]):
            if changed != cursor:
                problem(people["ada"].get(TRANSACTIONS, cursor=changed), 400, "invalid_input")


def test_a_cursor_holds_while_newer_bookings_arrive(people, ledger, db):
    ids_of = services.ensure_accounts(
        [
            NewAccount(people["ada"].id, "till", "ada", "USD", "external"),
            NewAccount(people["oli"].id, "till", "sales", "USD"),
        ]
    )
    accounts = {f"shop:{number}": account_id for (_, number, _), account_id in ids_of.items()}
    bookings = [replace(purchase(accounts, buyer="ada", place=place), book="till") for place in (7, 8, 9)]
    services.post_transactions(bookings[:2])
    cursor = next_cursor(people["ada"], book="till", limit=1)
    services.post_transactions(bookings[2:])
    assert ids(people["ada"].get(TRANSACTIONS, book="till", cursor=cursor)) == [str(bookings[0].id)]


def test_a_store_that_fails_is_named_and_nothing_of_its_words_leaks(people, monkeypatch):
    for kind, status in [(StoreUnavailable, 503), (StoreTimeout, 504), (OutcomeUnknown, 503)]:

        def fail(*args, kind=kind, **kwargs):
            raise kind("connection to 10.0.0.7 refused", store="default")

        monkeypatch.setattr(selectors, "accounts_page", fail)
        answer = people["ada"].get("/api/v1/accounts")
        assert problem(answer, status, kind.code)["store"] == "default"
        assert b"10.0.0.7" not in answer.content
        assert answer.headers["retry-after"] == "2"
