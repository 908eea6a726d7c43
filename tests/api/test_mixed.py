import pytest

from core.errors import StoreTimeout
from tests.api.conftest import problem


def expand(person, owner, expansions):
    answer = person.get(f"/api/v1/users/{owner.id}", expand=expansions)
    assert answer.status_code == 200, answer.content
    return answer


def test_a_user_comes_with_accounts_and_transactions(people, ledger):
    answer = expand(people["ada"], people["ada"], "accounts,transactions(limit:2)")
    body = answer.json()
    assert body["username"] == "ada"
    assert body["gaps"] == []
    assert [account["number"] for account in body["accounts"]] == ["savings", "ada"]
    newest = [str(row_id) for row_id in ledger["transactions"][4:2:-1]]
    assert [row["id"] for row in body["transactions"]] == newest
    assert body["meta"]["has_more"] == ["transactions"]
    assert body["meta"]["complete"] is True
    assert {batch["source"] for batch in body["meta"]["batches"]} == {"default"}


def test_an_expanded_item_is_what_its_own_address_gives(people, ledger):
    for item in expand(people["ana"], people["ada"], "accounts").json()["accounts"]:
        assert item.pop("links")
        assert item == people["ana"].get(f"/api/v1/accounts/{item['id']}").json()


def test_me_is_expanded_likewise(people, ledger):
    body = people["bob"].get("/api/v1/users/me", expand="transactions").json()
    assert len(body["transactions"]) == 1


def test_without_expand_there_is_the_user_alone(people):
    assert set(people["ada"].get("/api/v1/users/me").json()) == {
        "id",
        "username",
        "first_name",
        "last_name",
        "email",
        "role",
        "joined",
    }


def test_somebody_elses_user_is_not_found(people, ledger):
    problem(people["bob"].get(f"/api/v1/users/{people['ada'].id}", expand="accounts"), 404, "not_found")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nothing", "invalid_input"),
        ("accounts,accounts", "invalid_input"),
        ("accounts(limit:0)", "invalid_input"),
        ("accounts(limit:201)", "invalid_input"),
        ("accounts(transactions(limit:1))", "unsupported_query"),
        ("accounts(sort:balance)", "unsupported_query"),
        ("accounts;transactions", "invalid_input"),
        (",", "invalid_input"),
        ("accounts,", "invalid_input"),
        ("users", "invalid_input"),
    ],
)
def test_a_wrong_expand_is_refused_where_it_is_wrong(people, text, code):
    answer = people["ada"].get("/api/v1/users/me", expand=text)
    assert problem(answer, 400, code)["errors"][0]["path"].startswith("expand")


def test_an_endless_expand_is_refused(people):
    problem(people["ada"].get("/api/v1/users/me", expand="accounts," * 500), 413, "too_large")


def test_a_store_that_fails_leaves_a_gap(people, ledger, monkeypatch):
    from query.sources import relational

    def fail(request):
        raise StoreTimeout("too slow", store="default")

    reads = {**relational.RELATIONAL_READS, ("transactions", "owner"): fail, ("transactions", "account"): fail}
    monkeypatch.setattr(relational, "RELATIONAL_READS", reads)
    body = expand(people["ada"], people["ada"], "accounts,transactions").json()
    assert body["transactions"] is None
    assert len(body["accounts"]) == 2
    assert body["meta"]["complete"] is False
    assert [(gap["source"], gap["expansion"], gap["code"], gap["retryable"]) for gap in body["gaps"]] == [
        ("default", "transactions", "store_timeout", True)
    ]
