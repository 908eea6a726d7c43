"""Schema, catalogue, usage and deletions over HTTP."""

from uuid import uuid4

import pytest

from tests.api.conftest import problem
from timeseries.services import tallies

EVENT = {"time": "2026-01-31T12:00:00Z"}


@pytest.fixture
def stream(people):
    """A new stream of Ada's, its address."""
    body = {"name": f"test-{uuid4().hex}", "retention": "forever"}
    return people["ada"].client.post("/api/v1/streams", body, content_type="application/json").headers["location"]


def send(people, method, address, body):
    return getattr(people["ada"].client, method)(address, body, content_type="application/json")


def test_a_schema_is_declared_and_events_are_held_against_it(people, stream):
    assert people["ada"].get(f"{stream}/schema").json()["version"] == 0
    declared = send(people, "put", f"{stream}/schema", {"fields": {"n": "int"}, "additional": False}).json()
    assert (declared["version"], declared["fields"]) == (1, {"n": {"type": "int", "required": False}})
    assert people["ada"].get(f"{stream}/schema").json() == declared
    events = [{**EVENT, "payload": {"n": 1}}, {**EVENT, "payload": {"n": "1"}}, {**EVENT, "payload": {"m": 1}}]
    answer = send(people, "post", f"{stream}/events", events).json()
    assert [each["path"] for each in answer["results"]] == [None, "[1].payload.n", "[2].payload.m"]


def test_a_wrong_schema_is_refused_by_its_place(people, stream):
    body = problem(send(people, "put", f"{stream}/schema", {"fields": {"n": "number"}}), 400, "invalid_input")
    assert body["errors"][0]["path"] == "fields.n"
    problem(send(people, "put", f"{stream}/schema", {"fields": {}, "version": 1}), 400, "invalid_input")


def test_fields_and_usage_are_told_page_by_page(people, stream):
    send(people, "post", f"{stream}/events", [{**EVENT, "payload": {"b": 1, "a": "x"}}, {**EVENT, "payload": {"a": 1}}])
    tallies.flush()
    first = people["ada"].get(f"{stream}/fields", limit=2).json()
    rest = people["ada"].get(f"{stream}/fields", limit=2, cursor=first["next"]).json()
    rows = [(row["path"], row["type"], row["events"], row["column"]) for row in first["results"] + rest["results"]]
    assert rows == [("a", "int", 1, "text"), ("a", "text", 1, "text"), ("b", "int", 1, "int64")]
    assert rest["results"][0]["last_seen"] == "2026-01-31T12:00:00.000000Z"
    usage = people["ada"].get(f"{stream}/usage").json()
    day = {"day": "2026-01-31", "retention": "forever", "events": 2, "payload_bytes": 22}
    assert (usage["events"], usage["payload_bytes"], usage["days"]) == (2, 22, [day])


def test_an_owner_over_the_limit_may_not_append(people, stream, settings):
    send(people, "post", f"{stream}/events", [{**EVENT, "payload": {"n": 1}}])
    tallies.flush()
    owner = f"/api/v1/usage/{people['ada'].id}"
    limited = people["oli"].client.put(owner, {"limit_bytes": 1}, content_type="application/json")
    assert limited.json()["limit_bytes"] == 1
    refused = send(people, "post", f"{stream}/events", [{**EVENT, "payload": {"n": 2}}])
    assert "may have 1" in problem(refused, 409, "quota_exceeded")["detail"]
    people["oli"].client.put(owner, {"limit_bytes": None}, content_type="application/json")
    assert send(people, "post", f"{stream}/events", [{**EVENT, "payload": {"n": 2}}]).status_code == 200
    nobody = people["oli"].client.put(f"/api/v1/usage/{uuid4()}", {"limit_bytes": 1}, content_type="application/json")
    problem(nobody, 404, "not_found")


def test_a_deletion_is_a_job(people, stream, db):
    answer = send(people, "post", f"{stream}/deletions", {"from": "2026-01-01T00:00:00Z"})
    assert answer.status_code == 202, answer.content
    job = people["ada"].get(answer.headers["location"]).json()
    assert (job["kind"], job["request"]["from"], job["state"]) == (
        "delete_events",
        "2026-01-01T00:00:00.000000Z",
        "queued",
    )


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "from"),
        ({"whole": False}, "from"),
        ({"whole": True, "to": "2026-01-01T00:00:00Z"}, "whole"),
        ({"from": "yesterday"}, "from"),
        ({"from": 5}, "from"),
        ({"to": "2026-01-01T00:00:00"}, "to"),
        ({"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
        ({"until": "2026-01-01T00:00:00Z"}, "until"),
    ],
)
def test_what_a_deletion_is_about_is_said_plainly(people, stream, body, path):
    body = problem(send(people, "post", f"{stream}/deletions", body), 400, "invalid_input")
    assert body["errors"][0]["path"] == path
