"""One line of JSON per request, and never a secret in it; read from the log of a server that runs for real."""

import json
import time

import pytest

from core.errors import StoreUnavailable
from tests.serving import HOST, Serving

SECRETS = [b"hunter2-in-header", b"hunter2-in-query", b"hunter2-in-body", b"hunter2-in-path"]


@pytest.fixture(scope="module")
def server(people, ledger, tmp_path_factory):
    serving = Serving(tmp_path_factory.mktemp("server") / "api.log")
    yield serving
    serving.end()


def line_of(server, request_id):
    """The line of a request; it is written when the whole answer is on its way, so it may come a moment later."""
    deadline = time.monotonic() + 30
    while not (lines := [line for line in server.lines() if line.get("request_id") == request_id]):
        assert time.monotonic() < deadline, f"no line of {request_id}"
        time.sleep(0.01)
    (line,) = lines
    return line


def test_a_request_has_one_line(server, people, ledger):
    token = people["ada"].client.defaults["HTTP_AUTHORIZATION"]
    account = ledger["accounts"]["shop:ada"]
    status, headers, body = server.ask(
        f"/api/v1/accounts/{account}", f"Authorization: {token}\r\nX-Request-ID: mine-7\r\n".encode()
    )
    assert (status, headers["x-request-id"]) == (200, "mine-7")
    line = line_of(server, "mine-7")
    assert line.pop("duration_ms") > line["stores_ms"].pop("default") > 0
    assert line.pop("time").endswith("Z")
    assert line.pop("pid") > 1
    assert line == {
        "event": "request", "level": "info", "request_id": "mine-7", "principal": str(people["ada"].id), "method": "GET",
        "route": "/api/v1/accounts/{account_id}", "status": 200, "bytes": len(body), "stores_ms": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("head", "route", "method", "status"),
    [
        (b"GET /nowhere/at/all HTTP/1.1\r\n", "(none)", "GET", 404),
        (b"PURGE /livez HTTP/1.1\r\n", "/livez", "(other)", 405),
        (b"GET /livez?a=%00 HTTP/1.1\r\n", "(none)", "GET", 400),
        (b"GET /static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css HTTP/1.1\r\n", "(none)", "GET", 200),
    ],
)
def test_no_request_is_without_its_line(server, head, route, method, status):
    _, headers, body = server.send(head + HOST)
    line = line_of(server, headers["x-request-id"])
    assert (line["route"], line["method"], line["status"], line["bytes"]) == (route, method, status, len(body))
    assert line["principal"] is None


def test_no_secret_is_logged(server):
    body = b'{"username": "ada", "password": "hunter2-in-body"}'
    server.send(
        b"POST /api/v1/auth/token?password=hunter2-in-query HTTP/1.1\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer hunter2-in-header\r\n" + f"Content-Length: {len(body)}\r\n".encode() + HOST,
        body,
    )
    server.ask("/api/v1/users/hunter2-in-path", b"Authorization: Bearer hunter2-in-header\r\n")
    server.ask("/api/v1/users/me", b"Authorization: Bearer hunter2-in-header\r\n")
    log = server.log.read_bytes()
    assert [secret for secret in SECRETS if secret in log] == []
    assert b"/api/v1/auth/token" in log


def test_every_line_of_the_server_is_json(server):
    assert {"time", "level", "event"} <= set.intersection(*(set(line) for line in server.lines()))
    assert {"_granian", "_granian.serve"} <= {line.get("logger") for line in server.lines()}


def test_a_failure_has_a_line_more_with_its_cause(people, monkeypatch, capfd, caplog):
    def fail(*_args, **_options):
        raise StoreUnavailable("away", store="default")

    monkeypatch.setattr("relational.selectors.accounts_page", fail)
    answer = people["ada"].get("/api/v1/accounts")
    request_id = answer.headers["x-request-id"]
    (line,) = [json.loads(line) for line in capfd.readouterr().err.splitlines() if request_id in line]
    assert (line["event"], line["level"], line["status"]) == ("request", "error", 503)
    assert [record.getMessage() for record in caplog.records] == [f"store_unavailable in request {request_id}: away"]
