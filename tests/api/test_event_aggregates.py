import pytest

from tests.api.conftest import problem
from tests.api.test_event_conditions import RANGE

STREAM = "/api/v1/streams/notes"


def ask(person, what, **query):
    answer = person.get(f"{STREAM}/{what}", **{**RANGE, **query})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_count(people, streams):
    assert ask(people["ada"], "count") == {"count": 3}
    assert ask(people["ada"], "count", **{"payload.place:gte": "1", "kind": "test"}) == {"count": 2}


def test_a_histogram(people, streams):
    hours = ask(people["ada"], "histogram", interval="1h")
    assert (hours["interval"], hours["count"], len(hours["results"])) == ("1h", 3, 24)
    assert hours["results"][12] == {"time": "2026-01-31T12:00:00.000000Z", "count": 3}
    short = {"from": "2026-01-31T12:00:30Z", "to": "2026-01-31T12:02:30Z", "by": "actor", "limit": "1"}
    minutes = ask(people["ada"], "histogram", **short)
    assert (minutes["interval"], [each["count"] for each in minutes["results"]]) == ("1m", [0, 1, 1])
    assert minutes["top"]["distinct"] == 2
    assert minutes["top"]["values"] == [{"value": "OpenSSH.user:root", "count": 1}]
    assert [each["values"] for each in minutes["results"]] == [[], [], [{"value": "OpenSSH.user:root", "count": 1}]]


def test_top_values(people, streams):
    assert ask(people["ada"], "top", field="payload.place", limit="2") == {
        "count": 3,
        "present": 3,
        "distinct": 3,
        "values": [{"value": 0, "count": 1}, {"value": 1, "count": 1}],
    }


def test_too_much_says_what_to_do(people, streams, settings):
    settings.MAX_EXAMINED_EVENTS = 2
    refused = problem(people["ada"].get(f"{STREAM}/top", **RANGE, field="kind"), 422, "too_much_work")
    assert refused["detail"].startswith("the range has about 3 events, and one question reads 2: narrow the range")


@pytest.mark.parametrize(
    ("what", "query", "path"),
    [
        ("count", {"from": RANGE["from"]}, "to"),
        ("top", RANGE, "field"),
        ("top", {**RANGE, "field": "payload"}, "field"),
        ("top", {**RANGE, "field": "kind", "limit": "101"}, "limit"),
        ("histogram", {**RANGE, "interval": "1s"}, "interval"),
        ("histogram", {**RANGE, "by": "id"}, "by"),
        ("histogram", {"from": "2000-01-01T00:00:00Z", "to": RANGE["to"], "interval": "1h"}, "interval"),
    ],
)
def test_wrong_questions_are_refused_by_name(people, streams, what, query, path):
    refused = problem(people["ada"].get(f"{STREAM}/{what}", **query), 400, "invalid_input")
    assert [error["path"] for error in refused["errors"]] == [path]
