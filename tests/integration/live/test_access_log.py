"""One line of JSON per request of the live process; of a stream when it ends, whoever ends it."""

import json
import time


def line_of(server, request_id):
    for _ in range(100):
        lines = [json.loads(line) for line in server.log.read_text().splitlines() if request_id in line]
        if lines:
            assert len(lines) == 1
            return lines[0]
        time.sleep(0.1)
    raise AssertionError(server.log.read_text())


def test_a_stream_has_one_line_when_it_was_left(server, stream, owner, append):
    listener = server.listen(stream, owner, x_request_id="mine-left")
    append(1)
    listener.events(1)
    assert "mine-left" not in server.log.read_text()
    listener.close()
    line = line_of(server, "mine-left")
    assert line.pop("duration_ms") > 0
    assert line.pop("bytes") > 100
    assert line.pop("time").endswith("Z")
    assert line.pop("pid") > 1
    assert line == {
        "event": "request", "level": "info", "request_id": "mine-left", "principal": str(owner.user_id), "method": "GET",
        "route": "/live/v1/streams/{stream}/events", "status": 200,
    }  # fmt: skip


def test_a_stream_has_one_line_when_it_was_ended(server, stream, owner):
    assert server.listen(stream, owner, lifetime_s=2, x_request_id="mine-ended").end() == "token_ended"
    assert line_of(server, "mine-ended")["status"] == 200


def test_a_refusal_has_its_line_and_no_secret_is_in_it(server, stream):
    listener = server.connect(f"/live/v1/streams/{stream}/events?a=hunter2", "hunter2", x_request_id="mine-refused")
    size = int(listener.headers["content-length"])
    line = line_of(server, "mine-refused")
    assert (listener.status, line["status"], line["bytes"], line["principal"]) == (401, 401, size, None)
    server.connect("/hunter2", x_request_id="mine-nowhere")
    assert line_of(server, "mine-nowhere")["route"] == "(none)"
    assert "hunter2" not in server.log.read_text()
