"""A store that is frozen holds up no request for good: reads and writes end in words, and work again by themselves."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.ids import new_id
from tests.faults.conftest import ROUNDS
from tests.serving import HOST, Serving

# Which routes ask which server: an address that is read, one that is written to, and what is written.
ROUTES = {
    "postgresql": (
        "/api/v1/accounts",
        "/api/v1/accounts",
        lambda: {"book": "own", "number": str(new_id()), "currency": "CHF"},
    ),
    "mongodb": (
        "/api/v1/collections/letters/documents",
        "/api/v1/collections/letters/documents",
        lambda: {"fields": {"place": 7}},
    ),
    "cassandra": (
        "/api/v1/streams/notes/events",
        "/api/v1/streams",
        lambda: {"name": f"s{new_id()}", "retention": "forever"},
    ),
}
IN_WORDS = {"store_timeout", "store_unavailable", "outcome_unknown"}
AT_ONCE = 4


@pytest.fixture(scope="module")
def serving(people, ledger, papers, streams, tmp_path_factory):
    started = Serving(
        tmp_path_factory.mktemp("server") / "api.log", REQUEST_DEADLINE_S=2, QUERY_DEADLINE_S=2, RATE_LIMIT="100000/min"
    )
    yield started
    started.end()


@pytest.fixture
def ask(serving, people):
    """Read an address as Ada, or write a body to it; return the status and what the answer says."""
    token = f"Authorization: {people['ada'].client.defaults['HTTP_AUTHORIZATION']}\r\n".encode()

    def ask(path, body=None):
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nContent-Length: {len(content)}\r\n".encode()
        status, _, answer = serving.send(head + HOST + token + b"Content-Type: application/json\r\n", content)
        return status, json.loads(answer)

    return ask


def wait_until(is_so):
    while not is_so():
        time.sleep(0.1)


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("server", ROUTES)
def test_a_frozen_store_is_told_in_words_and_found_again(serving, ask, frozen, server, round_):
    read, written, body = ROUTES[server]
    asked = [lambda: ask(read)] * AT_ONCE + [lambda: ask(written, body())] * AT_ONCE
    assert [answer for status, answer in (each() for each in asked) if status // 100 != 2] == []
    with frozen(server), ThreadPoolExecutor(len(asked)) as pool:
        for status, answer in pool.map(lambda each: each(), asked):
            assert (status in {503, 504}, answer["code"] in IN_WORDS) == (True, True), answer
        assert serving.ask("/livez")[0] == 200
    wait_until(lambda: serving.ask("/readyz")[0] == 200)
    wait_until(lambda: {status // 100 for status, _ in (each() for each in asked)} == {2})


def test_without_redis_everybody_passes(ask, frozen):
    with frozen("redis"):
        assert ask("/api/v1/accounts")[0] == 200
        assert ask("/api/v1/accounts", {"book": "own", "number": str(new_id()), "currency": "CHF"})[0] == 201
    assert ask("/api/v1/accounts")[0] == 200
