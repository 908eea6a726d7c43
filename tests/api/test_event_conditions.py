import pytest

from tests.api.conftest import problem
from tests.api.test_events import places
from tests.api.test_ledger import walk

ADDRESS = "/api/v1/streams/notes/events"
RANGE = {"from": "2026-01-31T00:00:00Z", "to": "2026-02-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"kind": "test"}, [2, 1, 0]),
        ({"kind:ne": "test"}, []),
        ({"payload.place": "1"}, [1]),
        ({"payload.place:gte": "1", "sort": "time"}, [1, 2]),
        ({"payload.place:in": "0,2", "kind:prefix": "te"}, [2, 0]),
        ({"actor": "OpenSSH.user:root"}, [2]),
        ({"actor:exists": "false"}, [0]),
        ({"level:exists": "true"}, []),
    ],
)
def test_conditions_within_a_range(people, streams, query, expected):
    answer = people["ada"].get(ADDRESS, **RANGE, **query)
    assert places(answer) == expected
    assert answer.json()["cut_by"] is None


def test_an_actors_events_take_them_too(people, streams):
    query = {**RANGE, "actor": "OpenSSH.user:root", "payload.place": "2"}
    found = people["ada"].get("/api/v1/events", **query).json()["results"]
    assert sorted(event["stream"] for event in found) == ["notes", "sshd"]
    assert people["ada"].get("/api/v1/events", **{**query, "kind": "x"}).json()["results"] == []


def test_a_page_cut_short_says_so_and_goes_on(people, streams, settings):
    settings.MAX_EXAMINED_EVENTS = 1
    first = people["ada"].get(ADDRESS, **RANGE, **{"payload.place": "9"})
    assert (first.json()["results"], first.json()["cut_by"]) == ([], "work")
    assert first.headers["link"].endswith('rel="next"')
    pages = list(walk(people["ada"], ADDRESS, limit=2, **RANGE, **{"payload.place:lt": "2"}))
    assert sum(map(len, pages)) == 2


@pytest.mark.parametrize(
    ("query", "path", "code"),
    [
        ({"kind": "test"}, "from", "unsupported_query"),
        ({"kind": "test", "from": RANGE["from"]}, "to", "unsupported_query"),
        ({"kind:like": "x"}, "kind:like", "unsupported_query"),
        ({"payload.": "x"}, "payload.", "invalid_input"),
        ({"payload.a": ""}, "payload.a", "invalid_input"),
        ({"payload.a:exists": "x"}, "payload.a:exists", "invalid_input"),
        ({"kindly": "x"}, "kindly", "invalid_input"),
        ({"actor": "root"}, "actor", "invalid_input"),
    ],
)
def test_wrong_conditions_are_refused_by_name(people, streams, query, path, code):
    refused = problem(people["ada"].get(ADDRESS, **query), 400, code)
    assert [error["path"] for error in refused["errors"]] == [path]


def test_a_cursor_belongs_to_its_conditions(people, streams):
    cursor = people["ada"].get(ADDRESS, limit=1, kind="test", **RANGE).json()["next"]
    assert places(people["ada"].get(ADDRESS, limit=1, kind="test", cursor=cursor, **RANGE)) == [1]
    problem(people["ada"].get(ADDRESS, limit=1, kind="other", cursor=cursor, **RANGE), 400, "invalid_input")
