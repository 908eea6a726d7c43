"""Bodies of events as they come over a socket: in chunks, without end, broken off, and larger than the memory they take."""

import json
import socket
from pathlib import Path
from uuid import uuid4

import pytest

from api.authentication import make_access_token
from relational.selectors import credential_of_user
from tests.api.test_event_writes import event
from tests.serving import HOST, Serving
from timeseries import selectors, services

LINE = json.dumps(event()).encode() + b"\n"
LARGE_EVENTS, LARGE_BYTES = 1_200, 60_000
MAX_GROWTH_KIB = 64 * 1024


@pytest.fixture(scope="module")
def server(people, tmp_path_factory):
    serving = Serving(tmp_path_factory.mktemp("server") / "api.log", INGEST_IDLE_S=1)
    yield serving
    serving.end()


@pytest.fixture
def stream(people):
    name = f"test-{uuid4().hex}"
    services.create_stream(people["ada"].principal, name=name, retention="forever")
    return name


@pytest.fixture
def head(people, stream):
    """The beginning of an append's head."""
    credential = credential_of_user(people["ada"].id)
    assert credential is not None
    token = f"Bearer {make_access_token(credential)}"
    return (
        f"POST /api/v1/streams/{stream}/events?results=failed HTTP/1.1\r\nAuthorization: {token}\r\n"
        "Content-Type: application/x-ndjson\r\n"
    ).encode() + HOST


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


def test_a_body_in_chunks_is_stored(server, stream, head):
    body = chunked(LINE[:20], LINE[20:] + json.dumps(event(1)).encode()[:5], json.dumps(event(1)).encode()[5:])
    status, _, content = server.send(head + b"Transfer-Encoding: chunked\r\n", body)
    assert (status, json.loads(content)["stored"]) == (200, 2)


@pytest.mark.parametrize("length", [b"Content-Length: 9999\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_who_stops_sending_is_let_go(server, stream, head, length):
    sent = chunked(LINE)[:-5] if b"chunked" in length else LINE
    with server.connect() as connection:
        connection.sendall(head + length + b"\r\n" + sent)
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 408"), answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["stored"] == selectors.count_events(stream) == 1


def test_who_vanishes_leaves_what_was_stored_and_nothing_else(server, stream, head):
    for _ in range(20):
        with server.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(head + b"Content-Length: 9999\r\n\r\n" + LINE)
    status, _, content = server.send(head + b"Content-Length: %d\r\n" % len(LINE), LINE)
    assert (status, json.loads(content)["stored"], selectors.count_events(stream)) == (200, 1, 1)


def test_memory_does_not_grow_with_the_body(server, stream, head):
    line = json.dumps(event(payload={"text": "x" * LARGE_BYTES})).encode()
    lines = [line.replace(b'"payload"', b'"id": "%05d", "payload"' % number) + b"\n" for number in range(LARGE_EVENTS)]
    before = memory_kib(server)
    status, _, content = server.send(head + b"Content-Length: %d\r\n" % sum(map(len, lines)), b"".join(lines))
    assert (status, json.loads(content)["stored"]) == (200, LARGE_EVENTS)
    assert memory_kib(server) - before < MAX_GROWTH_KIB < LARGE_EVENTS * LARGE_BYTES / 1024


def memory_kib(server):
    """The most that a process of the server has had resident."""
    most = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except OSError:
            continue
        if int(fields["NSsid"].split()[0] if "NSsid" in fields else 0) == server.process.pid:
            most.append(int(fields.get("VmHWM", "0 kB").split()[0]))
    return max(most)
