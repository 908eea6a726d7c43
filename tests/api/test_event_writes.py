"""Appending over HTTP: per-item results, what is refused whole, and that sending a batch again adds nothing."""

import json
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from core.times import format_time, now
from tests.api.conftest import problem
from timeseries import selectors, services, session

JSON, LINES = "application/json", "application/x-ndjson"


@pytest.fixture
def stream(people):
    """A new stream of Ada's."""
    name = f"test-{uuid4().hex}"
    services.create_stream(people["ada"].principal, name=name, retention="days90")
    return name


@pytest.fixture
def append(people, stream):
    """Send a body to the stream as Ada."""

    def send(body, content_type=JSON):
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return people["ada"].client.post(f"/api/v1/streams/{stream}/events", data, content_type=content_type)

    return send


def event(number=0, **fields):
    return {"time": format_time(now() - timedelta(minutes=number + 1)), "payload": {"n": number}, **fields}


def lines(events):
    return "".join(json.dumps(each) + "\n" for each in events)


def counts(answer, status=200):
    assert answer.status_code == status, answer.content[:500]
    body = answer.json()
    assert len(body["results"]) == body["stored"] + body["rejected"] + body["unknown"]
    return body["stored"], body["rejected"], body["unknown"]


@pytest.mark.parametrize(
    ("write", "content_type"), [(json.dumps, JSON), (lines, LINES), (lines, f"{LINES}; charset=utf-8")]
)
def test_a_batch_is_stored_and_read_as_it_was_sent(people, stream, append, write, content_type):
    actor = f"test:{uuid4()}"
    sent = [event(2, actor=actor, kind="click", level="info", id="é/1"), event(1), event(0, payload={"ä": [1.5, None]})]
    answer = append(write(sent), content_type)
    assert counts(answer) == (3, 0, 0)
    found = people["ada"].get(f"/api/v1/streams/{stream}/events", sort="time").json()["results"]
    assert [each["id"] for each in found] == [result["id"] for result in answer.json()["results"]]
    for stored, raw in zip(found, sent, strict=True):
        assert (stored["time"], stored["payload"], stored["client_id"]) == (raw["time"], raw["payload"], raw.get("id"))
    of_actor = people["ada"].get("/api/v1/events", actor=actor).json()["results"]
    assert found[0] in of_actor


def test_a_user_written_in_capitals_is_the_same_actor(people, stream, append):
    actor = f"user:{people['bob'].id}"
    capitals = f"user:{str(people['bob'].id).upper()}"
    (written,) = append([event(0, actor=capitals)]).json()["results"]
    for asked in (actor, capitals):
        (newest, *_) = people["ada"].get("/api/v1/events", actor=asked).json()["results"]
        assert (newest["id"], newest["actor"]) == (written["id"], actor)


@pytest.mark.parametrize("write", [json.dumps, lines])
def test_the_same_batch_again_adds_nothing(people, stream, append, write):
    sent = [event(number, id=str(number) if number % 2 else None) for number in range(40)]
    content_type = JSON if write is json.dumps else LINES
    first, again = append(write(sent), content_type), append(write(sent), content_type)
    assert first.json() == again.json()
    assert counts(again) == (40, 0, 0)
    assert selectors.count_events(stream) == 40


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [({"kind": "a"}, {"kind": "a"}, ["a"]), ({"kind": "a", "id": "1"}, {"kind": "b", "id": "1"}, ["b"])],
    ids=["equal, without an id", "another content under one id"],
)
def test_two_events_of_one_identity_in_a_batch_are_one(people, stream, append, first, second, left):
    time = format_time(now() - timedelta(minutes=1))
    answer = append([{"time": time, **first}, {"time": time, **second}])
    assert counts(answer) == (2, 0, 0)
    assert len({result["id"] for result in answer.json()["results"]}) == 1
    found = people["ada"].get(f"/api/v1/streams/{stream}/events").json()["results"]
    assert [each["kind"] for each in found] == left


WRONG = {
    "duplicate key": ('{"time": "2026-01-31T12:00:00Z", "payload": {"a": 1, "a": 2}}', "", "stands twice"),
    "NUL": ('{"time": "2026-01-31T12:00:00Z", "kind": "\\u0000"}', ".kind", "NUL"),
    "NUL within": ('{"time": "2026-01-31T12:00:00Z", "payload": {"a": [1, "\\u0000"]}}', ".payload.a[1]", "NUL"),
    "surrogate": ('{"time": "2026-01-31T12:00:00Z", "kind": "\\ud800"}', ".kind", "surrogate"),
    "huge integer": ('{"time": "2026-01-31T12:00:00Z", "payload": {"a": 9223372036854775808}}', "", "64 bits"),
    "huge number": ('{"time": "2026-01-31T12:00:00Z", "payload": {"a": 1e999}}', "", "double"),
    "NaN": ('{"time": "2026-01-31T12:00:00Z", "payload": {"a": NaN}}', "", "no JSON"),
    "deep": ('{"time": "2026-01-31T12:00:00Z", "payload": {"a": ' + "[" * 101 + "]" * 101 + "}}", "", "100"),
    "no object": ("7", "", "JSON object"),
    "unknown field": ('{"time": "2026-01-31T12:00:00Z", "colour": 1}', ".colour", "'colour'"),
    "no time": ("{}", ".time", "needs a time"),
    "a time without an offset": ('{"time": "2026-01-31T12:00:00"}', ".time", "no offset"),
    "a time finer than microseconds": (
        '{"time": "2026-08-01T00:00:00.0000011Z"}',
        ".time",
        "keep the rest in the payload",
    ),
    "expired": ('{"time": "2001-01-31T12:00:00Z"}', ".time", "expired"),
    "a payload that is none": ('{"time": "2026-01-31T12:00:00Z", "payload": []}', ".payload", "JSON object"),
    "no actor": ('{"time": "2026-01-31T12:00:00Z", "actor": "user:abc"}', ".actor", "write user:<uuid>"),
    "a number for a text": ('{"time": "2026-01-31T12:00:00Z", "actor": 5}', ".actor", "must be a text"),
}


@pytest.mark.parametrize("content_type", [JSON, LINES])
@pytest.mark.parametrize(("text", "path", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_event_is_rejected_and_the_others_are_stored(stream, append, content_type, text, path, words):
    texts = [json.dumps(event(1)), text, json.dumps(event(2))]
    answer = append(f"[{','.join(texts)}]" if content_type == JSON else "\n".join(texts), content_type)
    assert counts(answer) == (2, 1, 0)
    wrong = answer.json()["results"][1]
    assert (wrong["status"], wrong["code"], wrong["id"], wrong["path"]) == (
        "rejected",
        "invalid_input",
        None,
        f"[1]{path}",
    )
    assert words in wrong["reason"]
    assert wrong["reason"].startswith("line 2: ") == (content_type == LINES)
    assert selectors.count_events(stream) == 2


def test_lines_that_are_no_json_are_rejected_each_under_its_number(append):
    answer = append(b'{"time": \n\n\xff\n' + lines([event()]).encode(), LINES)
    assert counts(answer) == (1, 3, 0)
    assert [result["reason"][:7] for result in answer.json()["results"][:3]] == ["line 1:", "line 2:", "line 3:"]


def test_where_every_event_is_wrong_the_answer_is_a_problem_with_all_results(stream, append):
    body = problem(append([{"time": "yesterday"}, 7]), 422, "batch_rejected")
    assert (body["stored"], body["rejected"], body["unknown"]) == (0, 2, 0)
    assert [result["path"] for result in body["results"]] == ["[0].time", "[1]"]
    assert selectors.count_events(stream) == 0


def test_one_event_needs_no_array(stream, append):
    assert counts(append(json.dumps(event()))) == (1, 0, 0)
    assert problem(append("{}"), 422, "batch_rejected")["results"][0]["path"] == "[0].time"


@pytest.mark.parametrize("body", ["[]", "", "7", "[1", '"{}"', "[" * 100_000])
def test_what_is_no_array_of_events_is_refused_whole(stream, append, body):
    problem(append(body), 400, "invalid_input")
    assert selectors.count_events(stream) == 0


def test_an_empty_body_of_lines_is_refused(append):
    problem(append("", LINES), 400, "invalid_input")


def test_parameters_of_reading_are_none_of_writing(people, stream):
    answer = people["ada"].client.post(f"/api/v1/streams/{stream}/events?limit=5", "[{}]", content_type=JSON)
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == "limit"


def test_too_many_events_and_too_large_a_body_of_an_array(stream, append, settings):
    assert "at most 10000" in problem(append(json.dumps([7] * 10_001)), 413, "too_large")["detail"]
    settings.MAX_EVENTS_BODY_BYTES = 1_000
    answer = append(json.dumps([event(payload={"text": "x" * 1_000})]))
    assert "send fewer items at once" in problem(answer, 413, "too_large")["detail"]
    assert selectors.count_events(stream) == 0


def test_ten_thousand_events_of_more_than_the_ordinary_bound_are_stored(stream, append, settings):
    sent = [event(number % 1000, payload={"n": number, "text": "x" * 400}) for number in range(10_000)]
    assert len(json.dumps(sent)) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert counts(append(sent)) == (10_000, 0, 0)
    assert selectors.count_events(stream) == 10_000


def test_unacknowledged_writes_are_unknown_and_sent_again_stored_once(stream, append, monkeypatch):
    sent = [event(1, id="a"), event(2), {"time": "yesterday"}]
    with monkeypatch.context() as patch:
        patch.setattr(session, "_run", partial(session._run, timeout_s=1e-9))
        lost = append([event(1), event(2), {"time": "yesterday"}])
    body = problem(lost, 503, "outcome_unknown")
    assert lost.headers["retry-after"]
    assert [result["status"] for result in body["results"]] == ["unknown", "unknown", "rejected"]
    assert counts(append(sent)) == (2, 1, 0)
    assert counts(append(sent)) == (2, 1, 0)


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("ada", 200, None),
        ("oli", 200, None),
        ("adm", 200, None),
        ("bob", 404, "not_found"),
        ("ana", 403, "permission_refused"),
    ],
)
def test_who_appends(people, stream, name, status, code):
    answer = people[name].client.post(f"/api/v1/streams/{stream}/events", json.dumps([event()]), content_type=JSON)
    assert counts(answer) == (1, 0, 0) if status == 200 else problem(answer, status, code)


def test_a_wrong_body_does_not_tell_a_stream_from_none(people, stream):
    told = []
    for name in (stream, "nothing-of-this-name"):
        answer = people["bob"].client.post(f"/api/v1/streams/{name}/events", "[7]", content_type=JSON)
        refusal = problem(answer, 404, "not_found")
        told.append((refusal["detail"].replace(name, "NAME"), refusal["errors"]))
    assert told[0] == told[1]
