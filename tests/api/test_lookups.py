"""Lookups over HTTP; what they find is tests/integration/timeseries/test_lookups.py, the job tests/integration/jobs."""

from uuid import uuid4

import pytest

from core.times import now
from tests.api.conftest import problem
from timeseries import services
from timeseries.services.lookups import finish_lookup, lookup_by_name


@pytest.fixture
def stream(people, db):
    name = f"test-{uuid4().hex}"
    services.create_stream(people["ada"].principal, name=name, retention="forever")
    return f"/api/v1/streams/{name}"


def put(person, address, field):
    return person.client.put(address, {"field": field}, "application/json")


def test_one_is_declared_once_shown_and_deleted(people, stream):
    ada, address = people["ada"], f"{stream}/lookups/request"
    made = put(ada, address, "payload.request_id")
    assert (made.status_code, made.headers["location"]) == (201, stream)
    lookup = made.json()
    assert (lookup["name"], lookup["field"], lookup["state"]) == ("request", "payload.request_id", "building")
    again = put(ada, address, "payload.request_id")
    assert (again.status_code, again.json()) == (200, lookup)
    assert ada.get(stream).json()["lookups"] == [lookup]
    assert ada.get(f"/api/v1/jobs/{lookup['job_id']}").json()["state"] == "queued"
    problem(put(ada, address, "kind"), 409, "conflict")
    assert ada.client.delete(address).status_code == 204
    assert ada.get(stream).json()["lookups"] == []
    problem(ada.client.delete(address), 404, "not_found")


def test_a_question_without_a_range_is_told_what_there_is_and_then_answered(people, stream):
    ada, name = people["ada"], stream.rpartition("/")[2]
    event = {"time": now(), "payload": {"request_id": 4711}}
    put(ada, f"{stream}/lookups/request", "payload.request_id")
    services.append_events(ada.principal, name, [event])
    query = {"payload.request_id": "4711"}
    refused = problem(ada.get(f"{stream}/events", **query), 400, "unsupported_query")
    assert "the lookup 'request' of payload.request_id is building" in refused["detail"]
    finish_lookup(lookup_by_name(name, "request"))
    assert [each["payload"] for each in ada.get(f"{stream}/events", **query).json()["results"]] == [event["payload"]]
    refused = problem(ada.get(f"{stream}/events", **{"payload.ip": "x"}), 400, "unsupported_query")
    assert "give both from and to; or ask for a value of payload.request_id" in refused["detail"]


@pytest.mark.parametrize(
    ("name", "field", "path"),
    [("Request", "kind", "name"), ("a", "level", "field"), ("a", "actor", "field"), ("a", "payload", "field")],
)
def test_wrong_ones_are_refused_by_name(people, stream, name, field, path):
    refused = problem(put(people["ada"], f"{stream}/lookups/{name}", field), 400, "invalid_input")
    assert [error["path"] for error in refused["errors"]] == [path]
