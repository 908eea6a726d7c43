"""The server as it runs for real, spoken to in bytes: what no client library would send is refused in words, too."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_S = 60
HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The port of a server of its own; it reads the stack's databases, and these tests write nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "granian.log"
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "api.wsgi:application"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ, stdout=output, stderr=output, start_new_session=True
        )
    try:
        wait_until_it_answers(process, port, log)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def wait_until_it_answers(process, port, log):
    for _ in range(STARTS_WITHIN_S * 5):
        assert process.poll() is None, log.read_text()
        try:
            if ask(port, b"GET /livez HTTP/1.1\r\n" + HOST)[0] == 200:
                return
        except ConnectionError:
            pass
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def ask(port, head, body=b""):
    """Send a request as it is; return status, headers and body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(head + b"Connection: close\r\n\r\n" + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    lines, _, content = answer.partition(b"\r\n\r\n")
    first, *rest = lines.decode("latin-1").split("\r\n")
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in rest), content


def test_it_is_ready(server):
    status, _, content = ask(server, b"GET /readyz HTTP/1.1\r\n" + HOST)
    assert (status, json.loads(content)["status"]) == (200, "ready")


@pytest.mark.parametrize(
    ("head", "body", "code"),
    [
        (
            b"POST /api/v1/auth/token HTTP/1.1\r\n" + JSON + b"Transfer-Encoding: chunked\r\n",
            b"2\r\n{}\r\n0\r\n\r\n",
            411,
        ),
        (b"POST /api/v1/auth/token HTTP/1.1\r\n" + JSON + b"Content-Length: 16\r\n", b'{"username":"\xff"}', 400),
        (b"POST /api/v1/auth/token HTTP/1.1\r\n" + JSON, b"", 400),
        (b"POST /api/v1/auth/token HTTP/1.1\r\nContent-Type: \xff\xfe\r\nContent-Length: 2\r\n", b"{}", 415),
        (b"GET /livez?a=%00 HTTP/1.1\r\n", b"", 400),
        (b"GET /livez%00 HTTP/1.1\r\n", b"", 400),
        (b"GET /api/v1/users/%FF HTTP/1.1\r\n", b"", 404),
        (b"GET /api/v1/users/me HTTP/1.1\r\nAuthorization: Bearer \xff\xfe\r\n", b"", 401),
        (b"PURGE /livez HTTP/1.1\r\n", b"", 405),
        (b"OPTIONS * HTTP/1.1\r\n", b"", 404),
    ],
)
def test_wrong_bytes_are_refused_in_words(server, head, body, code):
    status, headers, content = ask(server, head + HOST, body)
    assert status == code
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(content)["request_id"] == headers["x-request-id"]


def test_a_body_over_the_bound_is_refused_before_it_is_read(server):
    head = b"POST /api/v1/auth/token HTTP/1.1\r\n" + JSON + b"Content-Length: 999999999\r\n"
    status, _, content = ask(server, head + HOST, b"{")
    assert (status, json.loads(content)["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /\xff HTTP/1.1\r\n" + HOST,
        b"GET /livez HTTP/1.1\r\n" + HOST + HOST,
        b"GET /livez HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n",
        b"F\xc3\xb6 /livez HTTP/1.1\r\n" + HOST,
    ],
)
def test_what_is_no_http_is_refused(server, head):
    assert ask(server, head)[0] == 400


def test_static_files_are_served(server):
    path = b"/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"
    assert ask(server, b"GET " + path + b" HTTP/1.1\r\n" + HOST)[0] == 200
