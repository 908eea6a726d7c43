"""Streams over HTTP: made, changed and given another class; by whom, for whom, and what is refused."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.api.conftest import problem

STREAMS = "/api/v1/streams"


def send(person, method, path, body):
    return getattr(person.client, method)(path, body, content_type="application/json")


@pytest.fixture
def make(people):
    def make(name="ada", **fields):
        body = {"name": f"test-{uuid4().hex}", "retention": "days7", **fields}
        return send(people[name], "post", STREAMS, body)

    return make


@pytest.fixture
def stream(make):
    """A new stream of Ada's, its address."""
    return make().headers["location"]


def in_days(count):
    return (datetime.now(UTC) + timedelta(days=count)).date().isoformat()


def test_a_stream_is_made_and_is_where_its_location_says(people, make):
    answer = make(name="ada", peak_rate=7, readers=[str(people["bob"].id)], actor_may_read=True)
    assert answer.status_code == 201, answer.content
    made = people["ada"].get(answer.headers["location"]).json()
    assert made == answer.json()
    assert (made["owner_id"], made["readers"], made["writers"]) == (str(people["ada"].id), [str(people["bob"].id)], [])
    assert made["settings"] == [{"valid_from": "0001-01-01", "retention": "days7", "peak_rate": 7.0}]
    assert people["bob"].get(answer.headers["location"]).json()["readers"] is None


def test_of_two_of_one_name_the_second_is_told(people, make):
    name = f"test-{uuid4().hex}"
    send(people["ada"], "post", STREAMS, {"name": name, "retention": "days7"})
    problem(send(people["bob"], "post", STREAMS, {"name": name, "retention": "days7"}), 409, "conflict")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": "a b"}, "name"),
        ({"name": ""}, "name"),
        ({"name": 5}, "name"),
        ({"retention": "weekly"}, "retention"),
        ({"retention": None}, "retention"),
        ({"peak_rate": 0}, "peak_rate"),
        ({"peak_rate": "7"}, "peak_rate"),
        ({"peak_rate": True}, "peak_rate"),
        ({"peak_rate": 1e300}, "peak_rate"),
        ({"readers": ["x"]}, "readers[0]"),
        ({"readers": [5]}, "readers[0]"),
        ({"readers": "x"}, "readers"),
        ({"actor_may_read": "true"}, "actor_may_read"),
        ({"owner_id": "ada"}, "owner_id"),
        ({"colour": 1}, "colour"),
    ],
)
def test_wrong_fields_are_named_and_make_nothing(people, fields, path):
    name = f"test-{uuid4().hex}"
    answer = send(people["ada"], "post", STREAMS, {"name": name, "retention": "days7", **fields})
    body = problem(answer, 400, "invalid_input")
    assert body["errors"][0]["path"] == path
    problem(people["ada"].get(f"{STREAMS}/{name}"), 404, "not_found")


def test_for_whom_a_stream_is_made(people, teams, make):
    crew = str(teams["crew"])
    problem(make("ada", owner_id=str(people["bob"].id)), 403, "permission_refused")
    problem(make("ada", owner_id=crew), 403, "permission_refused")
    assert make("tim", owner_id=crew).json()["owner_id"] == crew
    assert make("oli", owner_id=str(people["bob"].id)).json()["owner_id"] == str(people["bob"].id)
    problem(make("ana", owner_id=crew), 403, "permission_refused")


def test_only_what_is_sent_is_changed(people, teams, stream):
    bob = str(people["bob"].id)
    assert send(people["ada"], "patch", stream, {"readers": [bob], "actor_may_read": True}).status_code == 200
    changed = send(people["ada"], "patch", stream, {"writers": [str(teams["crew"])]}).json()
    assert (changed["readers"], changed["writers"], changed["actor_may_read"]) == ([bob], [str(teams["crew"])], True)
    assert changed == people["ada"].get(stream).json()
    problem(send(people["ada"], "patch", stream, {}), 400, "invalid_input")
    assert people["bob"].get(f"{stream}/events").status_code == 200
    problem(send(people["bob"], "patch", stream, {"readers": []}), 403, "permission_refused")
    assert people["tim"].get(stream).status_code == 200, "a member of a team that appends sees it"
    problem(people["tim"].get(f"{stream}/events"), 403, "permission_refused")


def test_to_whom_a_stream_is_given(people, teams, make):
    stream = make("tim").headers["location"]
    problem(send(people["tim"], "patch", stream, {"owner_id": str(people["bob"].id)}), 403, "permission_refused")
    given = send(people["tim"], "patch", stream, {"owner_id": str(teams["crew"])})
    assert given.json()["owner_id"] == str(teams["crew"])
    assert send(people["oli"], "patch", stream, {"owner_id": str(people["bob"].id)}).status_code == 200
    problem(people["tim"].get(stream), 404, "not_found")


def test_another_class_holds_from_a_day_to_come(people, stream):
    answer = send(people["ada"], "post", f"{stream}/settings", {"retention": "forever", "peak_rate": 100})
    assert answer.status_code == 201, answer.content
    later = answer.json()["settings"][1]
    assert (later["retention"], later["peak_rate"]) == ("forever", 100.0)
    assert later["valid_from"] in (in_days(1), in_days(2)), "two in the last hour of a day"
    assert people["ada"].get(stream).json() == answer.json()
    again = {"retention": "days7", "peak_rate": 1, "valid_from": later["valid_from"]}
    problem(send(people["ada"], "post", f"{stream}/settings", again), 409, "conflict")


@pytest.mark.parametrize(
    ("fields", "path"),
    [({"valid_from": "2020-01-01"}, "valid_from"), ({"valid_from": "soon"}, "valid_from"), ({"retention": "x"}, "retention"), ({"peak_rate": None}, "peak_rate")],
)  # fmt: skip
def test_wrong_settings_change_nothing(people, stream, fields, path):
    answer = send(people["ada"], "post", f"{stream}/settings", {"retention": "days7", "peak_rate": 1, **fields})
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == path
    assert len(people["ada"].get(stream).json()["settings"]) == 1


def test_the_classes_are_listed(people, make):
    found = people["ada"].get("/api/v1/retention-classes").json()["results"]
    assert [(each["name"], each["days"]) for each in found] == [
        ("days7", 7),
        ("days90", 90),
        ("days400", 400),
        ("forever", None),
    ]
    assert all(make("ada", retention=each["name"]).status_code == 201 for each in found)
