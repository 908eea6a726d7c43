"""The sender against answers that a real server gives seldom: each attempt sends the same bytes, nothing is lost."""

import ast
import gzip
import json
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import trivium_client
from tests.children import run_in_child
from trivium_client import EventSender, InvalidEvent, NotAccepted, NotDelivered, SendingError, sender
from trivium_client.lines import encode_event, new_event_id


class Answering(BaseHTTPRequestHandler):
    """Gives the answers of `server.answers` in turn, then stores everything."""

    protocol_version = "HTTP/1.1"
    server: "Scripted"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers), body))
        lines = (gzip.decompress(body) if self.headers["Content-Encoding"] else body).count(b"\n")
        stored: tuple[int, dict[str, str], dict[str, object]] = (200, {}, {"results": [{"status": "stored"}] * lines})
        status, headers, answer = self.server.answers.pop(0) if self.server.answers else stored
        content = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


class Scripted(ThreadingHTTPServer):
    daemon_threads = True
    answers: list[Any]
    asked: list[Any]


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(sender, "FIRST_WAIT_S", 0.01)
    with Scripted(("127.0.0.1", 0), Answering) as server:
        server.answers, server.asked = [], []
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def make(server, tmp_path):
    """Make senders on one spool, without a thread unless asked."""
    made = []

    def make_sender(**options):
        given = {"background": False, "durable": False, "compress": False, "api_key": "k", **options}
        made.append(EventSender(f"http://127.0.0.1:{server.server_port}/under/", "a b", spool=tmp_path, **given))
        return made[-1]

    yield make_sender
    for each in made:
        each.close(timeout_s=0)


def bodies(server):
    return [body for _, _, body in server.asked]


def test_events_go_as_lines_to_the_streams_route(make, server):
    sender = make()
    assert sender.send({"time": datetime(2026, 1, 2, tzinfo=UTC), "id": "mine", "payload": {"ü": 1}}) == "mine"
    sender.flush()
    ((path, headers, body),) = server.asked
    assert path == "/under/api/v1/streams/a%20b/events"
    assert headers["Content-Type"] == "application/x-ndjson"
    assert headers["Authorization"] == "Api-Key k"
    assert json.loads(body) == {"time": "2026-01-02T00:00:00Z", "id": "mine", "payload": {"ü": 1}}
    assert (sender.stored, sender.pending) == (1, 0)


def test_every_attempt_sends_the_same_ids(make, server):
    server.answers += [
        (503, {"Retry-After": "0"}, {"code": "outcome_unknown", "results": [{"status": "unknown"}] * 3}),
        (200, {}, {"results": [{"status": "stored"}, {"status": "unknown"}, {"status": "stored"}]}),
        (429, {}, {"code": "throttled"}),
        (200, {}, ["not", "ours"]),
    ]
    sender = make()
    ids = sender.send_many({"time": "2026-01-02T00:00:00Z"} for _ in range(3))
    assert [UUID(each).version for each in ids] == [7, 7, 7]
    sender.flush()
    assert len(server.asked) == 5
    assert len(set(bodies(server))) == 1
    assert [json.loads(line)["id"] for line in bodies(server)[0].splitlines()] == ids
    assert sender.stored == 3


def test_it_waits_as_long_as_the_server_says(make, server):
    server.answers.append((429, {"Retry-After": "1000"}, {"code": "throttled", "detail": "slow"}))
    sender = make()
    sender.send({})
    with pytest.raises(NotDelivered, match=r"429 throttled: slow") as late:
        sender.flush(timeout_s=0.3)
    assert (late.value.pending, len(server.asked)) == (1, 1)


def test_rejected_lines_are_kept_with_their_reason(make, server, tmp_path):
    rejected = {"status": "rejected", "code": "invalid_input", "path": "[1].time", "reason": "line 2: no time"}
    server.answers += [(503, {}, {"results": [{"status": "unknown"}, rejected]})]
    server.answers += [(200, {}, {"results": [{"status": "stored"}, rejected]})]
    sender = make()
    sender.send_many([{"time": "2026-01-02T00:00:00Z"}, {"time": "yesterday", "id": "x"}])
    sender.flush()
    (line,) = (tmp_path / "rejected.ndjson").read_text().splitlines()
    kept = json.loads(line)
    assert kept.pop("rejected").endswith("Z")
    assert kept == {
        "code": "invalid_input",
        "path": "[1].time",
        "reason": "line 2: no time",
        "event": {"time": "yesterday", "id": "x"},
    }
    assert (sender.stored, sender.rejected, sender.pending) == (1, 1, 0)


def test_what_is_too_large_goes_in_halves_and_alone_is_rejected(make, server, tmp_path):
    too_large: tuple[int, dict[str, str], dict[str, object]] = (
        413,
        {},
        {"code": "too_large", "detail": "over 10 bytes"},
    )
    server.answers += [too_large, too_large, too_large]
    sender = make()
    ids = sender.send_many([{}, {}, {}])
    sender.flush()
    assert [body.count(b"\n") for body in bodies(server)] == [3, 1, 2, 1, 1]
    assert (sender.stored, sender.rejected) == (2, 1)
    assert json.loads((tmp_path / "rejected.ndjson").read_text())["event"]["id"] == ids[0]


def test_a_refusal_is_raised_and_the_events_wait(make, server):
    server.answers.append((404, {}, {"code": "not_found", "detail": "no stream 'a b'"}))
    sender = make()
    sender.send({})
    with pytest.raises(NotAccepted, match="404 not_found: no stream") as refused:
        sender.flush()
    assert (refused.value.status, refused.value.code, sender.pending) == (404, "not_found", 1)
    sender.flush()
    assert sender.pending == 0


def test_a_token_is_made_for_each_attempt(make, server):
    tokens = iter(["old", "new"])
    server.answers.append((401, {}, {"code": "authentication_failed"}))
    sender = make(api_key="", token=lambda: next(tokens))
    sender.send({})
    with pytest.raises(NotAccepted):
        sender.flush()
    sender.flush()
    assert [headers["Authorization"] for _, headers, _ in server.asked] == ["Bearer old", "Bearer new"]
    sender.send({})
    with pytest.raises(NotDelivered, match="no token: StopIteration"):
        sender.flush(timeout_s=0.1)


def test_compressed_lines_say_so(make, server):
    sender = make(compress=True)
    sender.send({"id": "one"})
    sender.flush()
    ((_, headers, body),) = server.asked
    assert (headers["Content-Encoding"], gzip.decompress(body)) == ("gzip", b'{"id":"one"}\n')


def test_a_thread_delivers_by_itself_what_was_left_too(make, server):
    left = make()
    left.send({"id": "left"})
    server.answers.append((404, {}, {}))
    left.close()
    server.answers.append((503, {}, {}))
    sender = make(background=True, batch_age_s=0.01)
    sender.send({"id": "new"})
    sender.flush()
    sender.send({"id": "later"})
    while sender.pending:
        threading.Event().wait(0.01)
    assert sender.stored == 3
    sender.close()
    sender.close()
    with pytest.raises(SendingError, match="closed"):
        sender.send({})


def test_a_forked_child_is_told_to_make_its_own(make):
    sender = make()

    def send_in_child():
        with pytest.raises(SendingError, match="another process"):
            sender.send({})

    assert run_in_child(send_in_child) == 0


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ([], "a mapping, not list"),
        ({"payload": {"x": float("nan")}}, "no JSON"),
        ({"payload": object()}, "no JSON"),
        ({"kind": "\ud800"}, "no JSON"),
        ({"time": datetime(2026, 1, 2)}, "has no offset"),
        ({"payload": "x" * (1 << 20)}, "at most 1048576"),
    ],
)
def test_what_can_be_no_event_is_told_at_once(make, event, reason):
    sender = make()
    with pytest.raises(InvalidEvent, match=reason):
        sender.send_many([{}, event])
    assert sender.pending == 0


@pytest.mark.parametrize(
    "options",
    [{"batch_events": 0}, {"batch_events": 10_001}, {"batch_bytes": 1 << 30}, {"api_key": ""}, {"token": "t"}],
)
def test_options_that_cannot_be_are_told(make, options):
    with pytest.raises(ValueError, match=r"a batch has|either a token"):
        make(**options)


def test_ids_sort_by_the_time_they_were_made():
    assert sorted(ids := [new_event_id()[:13] for _ in range(50)]) == ids
    assert UUID(new_event_id()).variant == UUID(encode_event({})[0]).variant


def test_nothing_but_the_standard_library_is_imported():
    sources = list(Path(trivium_client.__file__).parent.glob("*.py"))
    nodes = [node for path in sources for node in ast.walk(ast.parse(path.read_text()))]
    named = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    named |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in named} <= {"trivium_client", *sys.stdlib_module_names}
    assert len(sources) > 4
