"""The mixed read through HTTP, over the three real stores."""

import pytest
from django.test import Client, override_settings

from api.authentication import make_access_token
from relational.rows import CredentialRow

BADGE = {
    "name": "badge",
    "source": "keys[badges.number].key",
    "target": "documents[badges].number",
    "conversion": "text_to_int",
}


@pytest.fixture
def read_user(people):
    """Read a user as somebody, expanded."""

    def read(asker, user, expand):
        principal = people[asker]
        token = make_access_token(CredentialRow(principal.user_id, principal.role.value, ""))
        client = Client(headers={"authorization": f"Bearer {token}"})
        with override_settings(TRIVIUM_LINKS=[BADGE]):
            return client.get(f"/api/v1/users/{people[user].user_id}", {"expand": expand})

    return read


@pytest.mark.parametrize("asker", ["user04", "analyst"])
def test_one_answer_holds_what_each_store_has_of_the_user(read_user, asker):
    answer = read_user(asker, "user04", "accounts,transactions(limit:5),documents,events(limit:50)")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["username"], body["gaps"]) == ("user04", [])
    (account,), (document,), (event,) = (body[name] for name in ("accounts", "documents", "events"))
    assert (account["number"], account["links"]) == ("user04", ["owner"])
    assert (document["fields"]["number"], document["links"]) == (4, ["badge"])
    assert (event["payload"], event["links"]) == ({"door": 4}, ["user_actor"])
    assert body["transactions"] == []
    assert (body["meta"]["complete"], body["meta"]["has_more"]) == (True, [])


def test_another_consumer_is_told_nothing(read_user):
    assert read_user("user05", "user04", "events").status_code == 404
