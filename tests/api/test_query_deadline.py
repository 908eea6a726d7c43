"""What keeps TRIVIUM_QUERY_DEADLINE_S, as docs/server.md says; a store's gap in a mixed read is in test_mixed."""

import pymongo
import pytest

from tests.api.conftest import problem

SCHEMA = {"type": "object", "required": ["n"]}


@pytest.fixture
def none_left(settings):
    settings.QUERY_DEADLINE_S = 1e-9


BOUND = [
    "/api/v1/users/{user_id}?expand=accounts",
    "/api/v1/streams/{stream}/events",
    "/api/v1/events?actor=user:{user_id}",
]


@pytest.mark.usefixtures("none_left")
@pytest.mark.parametrize("address", BOUND)
def test_what_keeps_it_is_a_504_when_nothing_is_left(people, values, address):
    answer = people["ada"].get(address.format(**values))
    assert problem(answer, 504, "store_timeout")


@pytest.mark.parametrize("one", ["", "/{document_id}"])
def test_mongodb_has_it_for_documents(people, values, settings, monkeypatch, one):
    """A very short one would not do: MongoDB always has the time to say that it is there."""
    settings.QUERY_DEADLINE_S, given, timeout = 7.25, [], pymongo.timeout

    def watched(seconds):
        given.append(seconds)
        return timeout(seconds)

    monkeypatch.setattr(pymongo, "timeout", watched)
    answer = people["ada"].get(f"/api/v1/collections/{values['collection']}/documents{one}".format(**values))
    assert answer.status_code == 200
    assert 7.25 in given


@pytest.mark.usefixtures("none_left")
def test_a_new_schema_that_cannot_be_checked_in_time_is_not_declared(people, values):
    address = f"/api/v1/collections/{values['collection']}"
    before = people["ada"].get(address).json()
    answer = people["ada"].client.patch(address, {"schema": SCHEMA}, content_type="application/json")
    problem(answer, 504, "store_timeout")
    assert people["ada"].get(address).json() == before


@pytest.mark.usefixtures("none_left")
@pytest.mark.parametrize("address", ["/api/v1/users/{user_id}", "/api/v1/accounts", "/api/v1/collections/{collection}"])
def test_other_reads_do_not(people, values, address):
    assert people["ada"].get(address.format(**values)).status_code == 200
