"""The server as it runs for real, spoken to in bytes: what no client library would send is refused in words, too."""

import json

import pytest

from tests.serving import HOST, Serving

JSON = b"Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def server(stores, tmp_path_factory):
    """A server of its own; these tests write nothing."""
    serving = Serving(tmp_path_factory.mktemp("server") / "api.log")
    yield serving
    serving.end()


def test_it_is_ready(server):
    status, _, content = server.ask("/readyz")
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
    status, headers, content = server.send(head + HOST, body)
    assert status == code
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(content)["request_id"] == headers["x-request-id"]


def test_a_body_over_the_bound_is_refused_before_it_is_read(server):
    head = b"POST /api/v1/auth/token HTTP/1.1\r\n" + JSON + b"Content-Length: 999999999\r\n"
    status, _, content = server.send(head + HOST, b"{")
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
    assert server.send(head)[0] == 400


def test_static_files_are_served(server):
    path = b"/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"
    assert server.send(b"GET " + path + b" HTTP/1.1\r\n" + HOST)[0] == 200


def test_a_head_over_the_bound_is_refused(server):
    assert server.ask("/livez", b"X-Long: " + b"x" * 20_000 + b"\r\n")[0] == 200
    assert server.ask("/livez", b"X-Long: " + b"x" * 70_000 + b"\r\n")[0] == 431


def test_a_connection_that_sends_nothing_is_closed(stores, tmp_path):
    serving = Serving(tmp_path / "api.log", API_IDLE_S=1)
    try:
        with serving.connect() as connection:
            connection.sendall(b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n")
            # Up to the end: it is closed after a while, not reset.
            assert b"".join(iter(lambda: connection.recv(65536), b"")).endswith(b'{"status":"alive"}')
    finally:
        serving.end()
