"""How a stream ends: in words, in order, and so that whoever connects again has lost nothing."""

import os
import signal
import time

from .conftest import numbers, token_of
from .test_access_log import line_of


def test_a_token_that_ends_ends_the_stream(server, stream, owner, append):
    listener = server.listen(stream, owner, lifetime_s=2)
    append(1)
    assert numbers(listener.events(1)) == [1]
    assert listener.end() == "token_ended"


def test_who_reads_too_slowly_is_ended_and_takes_it_up_again(server, stream, owner, append):
    slow, quick = server.listen(stream, owner), server.listen(stream, owner)
    append(0)
    (first,) = slow.events(1)
    quick.events(1)
    text, sent = "x" * 50_000, 1
    while sent < 401:  # 20 MB: more than the kernel's buffers and ours
        append(*range(sent, sent + 20), text=text)
        sent += 20
        assert len(quick.events(20)) == 20, "the others are not held up"
    assert slow.end() == "too_slow"
    again = server.listen(stream, owner, last_event_id=first["id"])
    told: dict[str, int] = {}
    while len(told) < sent:
        (event,) = again.events(1)
        told[event["id"]] = event["payload"]["n"]
    assert sorted(told.values()) == list(range(sent))


def test_connections_are_bounded_per_caller_and_free_again_when_closed(server, stream, owner, analyst):
    listeners = [server.listen(stream, owner) for _ in range(3)]
    refused = server.connect(f"/live/v1/streams/{stream}/events", listeners[0].token)
    body = refused.rest()
    assert (refused.status, body["code"]) == (429, "throttled")
    assert refused.headers["retry-after"]
    assert server.listen(stream, analyst).status == 200
    listeners[0].close()
    for _ in range(100):
        if server.connect(f"/live/v1/streams/{stream}/events", listeners[1].token).status == 200:
            return
        time.sleep(0.1)
    raise AssertionError("the closed connection still counts")


def test_at_sigterm_every_listener_is_told_and_the_process_ends_in_order(own_server, stream, owner, append):
    server = own_server()
    listeners = [server.listen(stream, owner) for _ in range(3)]
    append(1)
    assert [numbers(listener.events(1)) for listener in listeners] == [[1]] * 3
    os.kill(server.process.pid, signal.SIGTERM)
    assert [listener.end() for listener in listeners] == ["shutting_down"] * 3
    assert server.process.wait(timeout=30) == 0, server.log.read_text()
    assert "Traceback" not in server.log.read_text()


def test_connections_are_bounded_in_all(own_server, stream, owner, analyst):
    server = own_server(TRIVIUM_LIVE_MAX_LISTENERS="1")
    server.listen(stream, owner)
    refused = server.connect(f"/live/v1/streams/{stream}/events", server.listeners[-1].token)
    assert (refused.status, refused.rest()["code"]) == (503, "overloaded")


def test_a_store_that_is_away_is_a_problem_before_the_stream(own_server, stream, owner):
    server = own_server(TRIVIUM_CASSANDRA_URI="cassandra://127.0.0.1:9/nowhere")
    listener = server.connect(f"/live/v1/streams/{stream}/events", token_of(owner))
    assert (listener.status, listener.rest()["code"]) == (503, "store_unavailable")


def test_at_sigterm_who_takes_nothing_does_not_hold_the_process_up(own_server, stream, owner, append):
    server = own_server()
    stuck, quick = server.listen(stream, owner), server.listen(stream, owner)
    for start in range(0, 400, 20):  # more than the kernel's buffers
        append(*range(start, start + 20), text="x" * 50_000)
        quick.events(20)
    os.kill(server.process.pid, signal.SIGTERM)
    assert quick.end() == "shutting_down"
    server.process.wait(timeout=30)
    assert stuck.status == 200


def test_who_took_nothing_and_leaves_is_forgotten(own_server, stream, owner, append):
    server = own_server(TRIVIUM_LIVE_BUFFER_BYTES="1000000000")
    stuck, quick = server.listen(stream, owner, x_request_id="mine-stuck"), server.listen(stream, owner)
    for start in range(0, 400, 20):
        append(*range(start, start + 20), text="x" * 50_000)
        quick.events(20)
    stuck.close()
    assert line_of(server, "mine-stuck")["status"] == 200
