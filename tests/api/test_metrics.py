"""What Prometheus reads: right sums over worker processes, a bounded number of series, nothing for strangers."""

import re
import socket

import pytest
from django.test import Client

from relational.rows import NewMessage
from relational.services.outbox import add_messages
from tests.api.conftest import problem
from tests.serving import HOST, Serving

WORKERS, REQUESTS = 2, 60
TOKEN = "a-long-token-of-prometheus"


@pytest.fixture(scope="module")
def server(people, ledger, tmp_path_factory):
    serving = Serving(tmp_path_factory.mktemp("server") / "api.log", API_WORKERS=WORKERS)
    yield serving
    serving.end()


def series(text, name):
    """Map the labels of each series of a metric to its value."""
    found = re.findall(rf"^{name}\{{(.*)\}} (\S+)$", text, re.MULTILINE)
    return {tuple(re.findall(r'(\w+)="([^"]*)"', labels)): float(value) for labels, value in found}


def value(text, name, **labels):
    return sum(number for pairs, number in series(text, name).items() if labels.items() <= dict(pairs).items())


def test_both_workers_are_summed(server, people):
    token = people["ada"].client.defaults["HTTP_AUTHORIZATION"]
    before = server.ask("/metrics")[2].decode()
    for _ in range(REQUESTS):
        assert server.ask("/api/v1/accounts", f"Authorization: {token}\r\n".encode())[0] == 200
    assert server.ask("/api/v1/accounts/nonsense")[0] == 404
    texts = [server.ask("/metrics")[2].decode() for _ in range(8)]  # whichever worker is asked
    asked = {"route": "/api/v1/accounts", "method": "GET"}
    for text in texts:
        assert value(text, "trivium_requests_total", **asked, status="200") == REQUESTS
        assert value(text, "trivium_request_seconds_count", **asked) == REQUESTS
        work = {"store": "default", "operation": "read"}
        spent = value(text, "trivium_store_seconds_count", **work) - value(
            before, "trivium_store_seconds_count", **work
        )
        assert spent >= REQUESTS
        assert value(text, "trivium_store_in_use", store="default") >= 0
    answers = {line["pid"] for line in server.lines() if line["event"] == "request"}
    assert len(answers) == WORKERS


def test_addresses_make_no_series(server):
    def count():
        text = server.ask("/metrics")[2].decode()
        return len(series(text, "trivium_requests_total"))

    server.ask("/nowhere/0")
    server.send(b"BREW0 /livez HTTP/1.1\r\n" + HOST)
    before = count()
    for number in range(1, 20):
        server.ask(f"/nowhere/{number}?a={number}")
        server.send(f"BREW{number} /livez HTTP/1.1\r\n".encode() + HOST)
    assert count() <= before + 1  # the first look of all counted itself


def test_from_elsewhere_there_is_no_such_address():
    assert Client().get("/metrics").status_code == 200
    problem(Client(REMOTE_ADDR="192.0.2.7").get("/metrics"), 404, "not_found")
    problem(Client(headers={"x-forwarded-for": "127.0.0.1"}).get("/metrics"), 404, "not_found")


def test_with_a_token_it_alone_counts(settings):
    settings.METRICS_TOKEN = TOKEN
    problem(Client().get("/metrics"), 404, "not_found")
    problem(Client(headers={"authorization": f"Bearer {TOKEN}x"}).get("/metrics"), 404, "not_found")
    elsewhere = Client(REMOTE_ADDR="192.0.2.7", headers={"authorization": f"Bearer {TOKEN}"})
    assert elsewhere.get("/metrics").status_code == 200


def test_the_outbox_is_looked_up(people, db):
    def pending():
        return re.search(r"^trivium_outbox_pending (\S+)$", Client().get("/metrics").content.decode(), re.MULTILINE)

    before = pending()
    add_messages([NewMessage("user.registered", f"user:{people['ada'].id}", {})])
    after = pending()
    assert before
    assert after
    assert float(after[1]) == float(before[1]) + 1


def test_a_stores_failure_is_counted_by_its_code(people, monkeypatch):
    from django.db import connections

    def failures():
        text = Client().get("/metrics").content.decode()
        return value(text, "trivium_store_errors_total", store="documents", code="store_unavailable")

    before = failures()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        closed = listener.getsockname()[1]
    client = {"host": f"mongodb://127.0.0.1:{closed}/x?serverSelectionTimeoutMS=50"}
    monkeypatch.setitem(connections.databases["documents"], "CLIENT", client)
    problem(people["ada"].get("/api/v1/collections"), 503, "store_unavailable")
    assert failures() == before + 1
