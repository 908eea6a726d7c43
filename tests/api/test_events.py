import pytest

from tests.api.conftest import problem
from tests.api.test_ledger import flat, ids, walk


def places(answer):
    assert answer.status_code == 200, answer.content
    return [event["payload"]["place"] for event in answer.json()["results"]]


def test_an_event_is_as_it_was_sent(people, streams):
    event = people["ada"].get("/api/v1/streams/notes/events", limit=1).json()["results"][0]
    del event["id"]
    assert event == {
        "stream": "notes",
        "time": "2026-01-31T12:02:00.000000Z",
        "actor": "OpenSSH.user:root",
        "kind": "test",
        "level": None,
        "client_id": None,
        "payload": {"place": 2},
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [2, 1, 0]),
        ({"sort": "time"}, [0, 1, 2]),
        ({"from": "2026-01-31T12:01:00Z"}, [2, 1]),
        ({"to": "2026-01-31T12:01:00Z"}, [0]),
        ({"from": "2026-01-31T13:01:00+01:00", "to": "2026-01-31T12:01:00.000001Z"}, [1]),
        ({"from": "2026-01-31T12:02:00.000001Z"}, []),
        ({"from": "2026-01-31T12:02:00Z", "to": "2026-01-31T12:00:00Z"}, []),
        ({"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z", "sort": "time"}, [0, 1, 2]),
    ],
)
def test_a_range_of_time_in_either_order(people, streams, query, expected):
    address = "/api/v1/streams/notes/events"
    assert places(people["ada"].get(address, **query)) == expected
    assert len(flat(walk(people["ada"], address, limit=1, **query))) == len(expected)


def test_pages_have_neither_gap_nor_repeat(people, streams):
    address = "/api/v1/streams/sshd/events"
    assert flat(walk(people["adm"], address, limit=2)) == ids(people["adm"].get(address))


def test_an_actor_finds_what_names_them_where_the_stream_says_so(people, streams):
    named = people["ada"].get("/api/v1/events", actor=f"user:{people['ada'].id}").json()["results"]
    assert sorted(event["stream"] for event in named) == ["notes", "sshd"]


def test_an_actor_is_known_by_the_own_keys_too(people, streams):
    named = people["ada"].get("/api/v1/events", actor="OpenSSH.user:root").json()["results"]
    assert sorted(event["stream"] for event in named) == ["notes", "sshd"]


def test_to_name_somebody_is_not_to_be_them(people, streams):
    assert people["bob"].get("/api/v1/streams/sshd/events").status_code == 404
    named = people["bob"].get("/api/v1/events", actor=f"user:{people['ada'].id}").json()["results"]
    assert [event["stream"] for event in named] == ["shop.log"]


def test_an_actor_nobody_knows_has_no_events(people, streams):
    assert people["adm"].get("/api/v1/events", actor="nobody:1").json() == {"results": [], "next": None}


def test_an_actor_must_be_named(people):
    assert problem(people["ada"].get("/api/v1/events"), 400, "invalid_input")["errors"][0]["path"] == "actor"


def test_a_wrong_actor_is_named_as_it_was_sent(people):
    for wrong in ("nobody", "user:abc"):
        refused = problem(people["ada"].get("/api/v1/events", actor=wrong), 400, "invalid_input")
        assert [error["path"] for error in refused["errors"]] == ["actor"]
    refused = problem(people["ada"].get("/api/v1/events", actor="x" * 257), 413, "too_large")
    assert [error["path"] for error in refused["errors"]] == ["actor"]


def test_a_stream_tells_who_reads_it_to_who_may_change_that(people, streams):
    for name, readers in [("oli", [str(people["bob"].id)]), ("bob", None), ("ana", None)]:
        stream = people[name].get("/api/v1/streams/shop.log").json()
        assert stream["readers"] == readers
        assert [version["retention"] for version in stream["settings"]] == ["forever"]


@pytest.mark.parametrize("query", [{"from": "x"}, {"to": "2026-01-31"}, {"cursor": "x"}])
def test_wrong_parameters_are_refused_by_name(people, streams, query):
    answer = people["ada"].get("/api/v1/streams/notes/events", **query)
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == next(iter(query))


def test_events_come_with_their_user(people, streams):
    events = people["ada"].get("/api/v1/users/me", expand="events").json()["events"]
    found = [(event["stream"], event["payload"]["place"]) for event in events]
    assert [place for _, place in found] == [2, 2, 1, 1]
    assert set(found) == {("notes", 2), ("sshd", 2), ("notes", 1), ("sshd", 1)}
    assert {link for event in events for link in event["links"]} == {"user_actor", "key_actor"}
