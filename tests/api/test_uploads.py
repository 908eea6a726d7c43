"""Lines of events of any length over HTTP: packed or not, cut off, too slow, too many at once, answered in short."""

import gzip
import json
import time
from datetime import timedelta
from io import BytesIO
from threading import Event, Thread
from typing import Any

import pytest
import zstandard

from api import uploads
from api.admission import ADMISSION, UPLOAD_BYTES
from core.times import format_time, now
from tests.api.conftest import problem
from tests.api.test_event_writes import LINES, counts, event, stream
from timeseries import selectors
from timeseries.services import pieces

__all__ = ["stream"]

PACKINGS: dict[str, Any] = {
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
}
PADDING = "x" * 300


def body_of(count, **fields):
    start = now() - timedelta(hours=1)
    return b"".join(
        json.dumps({"time": format_time(start + timedelta(microseconds=n)), "payload": {"n": n}, **fields}).encode()
        + b"\n"
        for n in range(count)
    )


@pytest.fixture
def upload(people, stream):
    """Send lines to the stream as Ada."""

    def send(body, query="", **headers):
        path = f"/api/v1/streams/{stream}/events{query}"
        return people["ada"].client.post(path, body, content_type=LINES, headers=headers)

    return send


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_packed_body_is_stored(stream, upload, packing):
    pack, body = PACKINGS[packing], body_of(30)
    parts = pack(body[:1000]) + pack(body[1000:])
    assert counts(upload(parts, **{"Content-Encoding": packing})) == (30, 0, 0)
    assert selectors.count_events(stream) == 30


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_packed_body_that_is_cut_off_says_how_much_was_taken(stream, upload, packing, monkeypatch):
    monkeypatch.setattr(pieces, "CHUNK_BYTES", 1_000)
    body = b"".join(body_of(200, kind=f"k{n}") for n in range(20))
    answer = upload(PACKINGS[packing](body)[:-200], **{"Content-Encoding": packing})
    refusal = problem(answer, 400, "body_cut_off")
    assert refusal["taken"] == refusal["stored"] == selectors.count_events(stream) > 0
    assert f"{refusal['taken']} lines were taken" in refusal["detail"]
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("packing", PACKINGS)
def test_what_unpacks_without_end_is_refused(stream, upload, packing, monkeypatch):
    bomb = PACKINGS[packing](b"x" * 40_000_000)
    assert len(bomb) < 50_000
    problem(upload(bomb, **{"Content-Encoding": packing}), 413, "too_large")
    monkeypatch.setattr(uploads, "FREE_BYTES", 100_000)
    bomb = PACKINGS[packing](body_of(1) * 20_000)
    refusal = problem(upload(bomb, "?results=none", **{"Content-Encoding": packing}), 413, "too_large")
    assert "200 times" in refusal["detail"]


def test_what_is_no_log_of_events_is_not_read_to_its_end(upload):
    refusal = problem(upload(gzip.compress(b"\n" * 16_000_000), **{"Content-Encoding": "gzip"}), 400, "invalid_input")
    assert (refusal["stored"], len(refusal["results"])) == (0, 1000)
    assert 10_000 < refusal["taken"] <= 50_000


def test_what_is_not_packed_as_it_says_is_refused(upload):
    for packing in PACKINGS:
        problem(upload(body_of(1), **{"Content-Encoding": packing}), 400, "invalid_input")
    problem(upload(body_of(1), **{"Content-Encoding": "br"}), 415, "unsupported_media_type")


def test_a_body_that_ends_before_its_length_is_cut_off(people, stream, upload):
    body = body_of(3)
    path = f"/api/v1/streams/{stream}/events"
    answer = people["ada"].client.generic(
        "POST",
        path,
        body,
        content_type=LINES,
        CONTENT_LENGTH=str(len(body) + 100),
        **{"wsgi.input": BytesIO(body[:-9])},
    )
    refusal = problem(answer, 400, "body_cut_off")
    assert (refusal["taken"], refusal["stored"]) == (2, 2)


class Hanging:
    """A body whose rest does not come until it is let go."""

    readline = None

    def __init__(self, body):
        self.body, self.gone = body, Event()

    def read(self, size):
        given, self.body = self.body[:size], self.body[size:]
        if not given:
            self.gone.wait(60)
        return given


def test_a_client_that_hangs_is_told_what_was_taken(people, stream, settings):
    settings.INGEST_IDLE_S = 0.2
    body = Hanging(body_of(3))
    answer = people["ada"].client.generic(
        "POST",
        f"/api/v1/streams/{stream}/events",
        b"-",
        content_type=LINES,
        CONTENT_LENGTH="9999",
        **{"wsgi.input": body},
    )
    body.gone.set()
    refusal = problem(answer, 408, "body_too_slow")
    assert (refusal["taken"], refusal["stored"], selectors.count_events(stream)) == (3, 3, 3)


def test_results_are_all_failed_or_none(upload):
    body = body_of(2) + b"no\n" + body_of(1, kind="k")
    assert [each["status"] for each in upload(body).json()["results"]] == ["stored", "stored", "rejected", "stored"]
    (failed,) = upload(body, "?results=failed").json()["results"]
    assert (failed["path"], failed["reason"][:7]) == ("[2]", "line 3:")
    answer = upload(body, "?results=none").json()
    assert answer == {"stored": 3, "rejected": 1, "unknown": 0, "results": []}
    assert (
        "one of all, failed, none"
        in problem(upload(body, "?results=some"), 400, "invalid_input")["errors"][0]["message"]
    )


def test_of_many_events_only_those_that_failed_are_named(upload):
    answer = upload(body_of(10_001) + b"no\n").json()
    assert (answer["stored"], answer["rejected"]) == (10_001, 1)
    assert [each["path"] for each in answer["results"]] == ["[10001]"]


def test_a_line_beyond_all_bounds_ends_it(stream, upload, monkeypatch):
    monkeypatch.setattr(pieces, "CHUNK_BYTES", 1_000)
    refusal = problem(upload(body_of(50) + b"x" * 1_200_000), 413, "too_large")
    assert (refusal["taken"], selectors.count_events(stream)) == (50, 50)


def test_who_holds_too_much_waits_and_is_told_to_come_again(people, stream, upload, settings):
    settings.INGEST_WAIT_S, settings.INGEST_IN_FLIGHT_BYTES = 0.05, 3 * UPLOAD_BYTES
    ada, bob = people["ada"].principal.user_id, people["bob"].principal.user_id
    with ADMISSION.admitted(ada, None):
        answer = upload(gzip.compress(body_of(1)), **{"Content-Encoding": "gzip"})
        assert problem(answer, 429, "throttled")["code"]
        assert int(answer.headers["retry-after"]) > 0
        with ADMISSION.admitted(bob, None), ADMISSION.admitted(people["meg"].principal.user_id, None):
            answer = people["oli"].client.post(f"/api/v1/streams/{stream}/events", body_of(1), content_type=LINES)
            assert problem(answer, 503, "overloaded")["code"]
            assert int(answer.headers["retry-after"]) > 0
    settings.INGEST_WAIT_S = 30
    with ADMISSION.admitted(ada, None):
        waiting = Thread(target=lambda: answers.append(upload(body_of(1))))
        answers: list[Any] = []
        waiting.start()
        time.sleep(0.01)
    waiting.join(30)
    assert counts(answers[0]) == (1, 0, 0)


def test_wrong_lines_of_every_kind_are_named_one_by_one(upload):
    wrong = [
        b"\xff\xfe",
        b"{}",
        json.dumps(event() | {"time": "9999-12-31T23:59:59Z"}).encode(),
        json.dumps(event() | {"time": "1970-01-01T00:00:00Z"}).encode(),
        json.dumps(event(payload={"text": "x" * 70_000})).encode(),
    ]
    answer = upload(b"\n".join([json.dumps(event(1)).encode(), *wrong, json.dumps(event(2)).encode()]))
    assert counts(answer) == (2, 5, 0)
    results = answer.json()["results"]
    assert [each["path"] for each in results[1:6]] == ["[1]", "[2].time", "[3].time", "[4].time", "[5].payload"]
    assert [each["reason"].split(":")[0] for each in results[1:6]] == [f"line {n}" for n in range(2, 7)]
