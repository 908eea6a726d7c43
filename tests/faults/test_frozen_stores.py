"""A store that is frozen holds up no request for good: reads and writes end in words, and work again by themselves."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest

from core.ids import new_id
from core.times import now
from relational import services
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
DEADLINE_S = 2
# No measure of speed: a machine that is busy may need several deadlines, and a hang has none.
HANGS_AFTER_S = 5 * DEADLINE_S
RECOVERS_WITHIN_S = 60


@pytest.fixture(scope="module")
def serving(people, ledger, papers, streams, tmp_path_factory):
    started = Serving(
        tmp_path_factory.mktemp("server") / "api.log",
        REQUEST_DEADLINE_S=DEADLINE_S,
        QUERY_DEADLINE_S=DEADLINE_S,
        RATE_LIMIT="100000/min",
    )
    yield started
    started.end()


@pytest.fixture
def ask(serving, people):
    """Read an address as Ada, or write a body to it; return the status, what the answer says, and whether it hung."""
    token = f"Authorization: {people['ada'].client.defaults['HTTP_AUTHORIZATION']}\r\n".encode()

    def ask(path, body=None):
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nContent-Length: {len(content)}\r\n".encode()
        started_s = time.monotonic()
        status, headers, answer = serving.send(head + HOST + token + b"Content-Type: application/json\r\n", content)
        hung = time.monotonic() - started_s > HANGS_AFTER_S
        return Answer(status, json.loads(answer), headers, hung)

    return ask


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]
    headers: dict[str, str]
    hung: bool


def assert_is_told(answer):
    assert (answer.status in {503, 504}, answer.body["code"] in IN_WORDS) == (True, True), answer
    assert ("retry-after" in answer.headers, answer.hung) == (True, False), answer


def wait_until(is_so):
    deadline = time.monotonic() + RECOVERS_WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline, "it does not recover"
        time.sleep(0.1)


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("server", ROUTES)
def test_a_frozen_store_is_told_in_words_and_found_again(serving, ask, frozen, server, round_):
    read, written, body = ROUTES[server]
    asked = [lambda: ask(read)] * AT_ONCE + [lambda: ask(written, body())] * AT_ONCE
    assert [answer for answer in (each() for each in asked) if answer.status // 100 != 2] == []
    with frozen(server), ThreadPoolExecutor(len(asked)) as pool:
        for answer in pool.map(lambda each: each(), asked):
            assert_is_told(answer)
        assert serving.ask("/livez")[0] == 200
    wait_until(lambda: serving.ask("/readyz")[0] == 200)
    wait_until(lambda: {each().status // 100 for each in asked} == {2})


def test_no_event_is_acknowledged_while_cassandra_is_frozen(serving, ask, frozen):
    """Neither in a process's first append, whose statements are not prepared yet, nor later; sent again it is there once."""
    stream, kind = "/api/v1/streams/notes/events", str(new_id())
    sent = [{"id": f"{kind}-{place}", "time": now().isoformat(), "kind": kind, "payload": {}} for place in range(50)]
    for _ in ("first", "later"):
        with frozen("cassandra"), ThreadPoolExecutor(AT_ONCE) as pool:
            for answer in pool.map(lambda _: ask(stream, sent), range(AT_ONCE)):
                assert_is_told(answer)
                assert answer.body.get("stored", 0) == 0
        wait_until(lambda: ask(stream, sent).body.get("stored") == len(sent))
    found = [event["client_id"] for event in ask(f"{stream}?limit=1000").body["results"] if event["kind"] == kind]
    assert sorted(found) == sorted(str(event["id"]) for event in sent)


def test_without_redis_everybody_passes(ask, frozen):
    with frozen("redis"):
        found = ask("/api/v1/accounts")
        assert (found.status, found.hung) == (200, False)
        opened = ask("/api/v1/accounts", {"book": "own", "number": str(new_id()), "currency": "CHF"})
        assert (opened.status, opened.hung) == (201, False)
    assert ask("/api/v1/accounts").status == 200


def test_without_redis_a_job_is_queued(ask, frozen, people):
    job = services.add_job(people["ada"].principal, kind="probe", request={"n": 1})
    services.cancel_job(people["ada"].principal, job.id)
    with frozen("redis"):
        queued = ask(f"/api/v1/jobs/{job.id}/retry", {})
    assert (queued.status, queued.body["state"], queued.hung) == (200, "queued", False)
    services.cancel_job(people["ada"].principal, job.id)
