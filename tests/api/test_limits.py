"""Limits per caller, counted in Redis: what is refused, what the answers say, and what happens without Redis."""

import socket
import uuid

import pytest
from django.test import Client

from api import redis_scripts
from api.limits import COUNT
from tests.api.conftest import PASSWORD, problem

OFF = {"default": None, "anonymous": None, "log-in": None}


@pytest.fixture
def limits(settings):
    """Set limits, as (units, seconds) by name; each test's callers are new to Redis."""

    def set_limits(**given):
        settings.RATE_LIMITS = OFF | {name.replace("_", "-"): limit for name, limit in given.items()}

    return set_limits


@pytest.fixture
def address():
    """A client at an address that nobody else has."""
    return Client(raise_request_exception=False, REMOTE_ADDR=str(uuid.uuid4()))


def members(header):
    name, *parts = header.split(";")
    return name.strip('"'), {part[0]: int(part[2:]) for part in parts}


def test_over_the_limit_is_refused_until_units_are_back(stranger, limits):
    limits(default=(3, 3600))
    answers = [stranger.get("/api/v1/users/me") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    problem(answers[-1], 429, "throttled")
    assert 1 < int(answers[-1].headers["retry-after"]) <= 1200
    for answer, left in zip(answers, (2, 1, 0, 0), strict=True):
        assert members(answer.headers["ratelimit-policy"]) == ("default", {"q": 3, "w": 3600})
        name, state = members(answer.headers["ratelimit"])
        assert (name, state["r"]) == ("default", left)
        assert 0 < state["t"] <= 3600
        assert answer.headers["ratelimit-cost"] == "1"


def test_of_a_large_limit_no_unit_is_let_go_twice(stranger, limits):
    """More than one purse is spent, the last one not full; a request that costs more than a purse is counted alone."""
    limits(default=(125, 360_000))
    answers = [stranger.get("/api/v1/users/me") for _ in range(114)]
    assert {answer.status_code for answer in answers} == {200}
    assert [members(answer.headers["ratelimit"])[1]["r"] for answer in answers] == list(range(124, 10, -1))
    assert stranger.get("/api/v1/transactions", limit=900).status_code == 200
    assert [stranger.get("/api/v1/users/me").status_code for _ in range(2)] == [200, 429]


def test_a_purse_asks_redis_once(stranger, limits, monkeypatch):
    limits(default=(500, 360_000))
    asked = []
    run = type(COUNT).run

    def note(*words):
        asked.append(words)
        return run(*words)

    monkeypatch.setattr(type(COUNT), "run", note)
    assert {stranger.get("/api/v1/users/me").status_code for _ in range(10)} == {200}
    assert len(asked) == 1


def test_units_come_back_evenly(stranger, limits):
    limits(default=(2, 1))
    passed = 0
    while passed < 6:  # three times what the window holds: they can only have come back
        passed += stranger.get("/api/v1/users/me").status_code == 200


@pytest.mark.parametrize(
    ("path", "cost"),
    [
        ("/api/v1/users/me", 1),
        ("/api/v1/transactions", 1),
        ("/api/v1/transactions?limit=99", 1),
        ("/api/v1/transactions?limit=1000", 11),
        ("/api/v1/users/me?expand=accounts,events", 5),
        ("/api/v1/transactions?limit=0", 1),
        ("/api/v1/nothing-of-this?x=1", None),
    ],
)
def test_a_request_costs_what_the_docs_say(stranger, limits, path, cost):
    limits(default=(100, 60))
    answer = stranger.client.get(path)
    assert answer.headers.get("ratelimit-cost") == (cost and str(cost))


def test_a_large_body_costs_more(limits, address):
    limits(log_in=(100, 60))
    body = {"username": "x" * 200_000, "password": "x"}
    answer = address.post("/api/v1/auth/token", body, content_type="application/json")
    assert answer.headers["ratelimit-cost"] == "4"


def test_more_than_the_whole_limit_costs_the_whole_limit(stranger, limits):
    limits(default=(5, 60))
    assert stranger.get("/api/v1/transactions", limit=1000).headers["ratelimit-cost"] == "5"


def test_callers_do_not_share_a_limit(people, stranger, limits):
    limits(default=(1, 3600))
    assert [stranger.get("/api/v1/users/me").status_code for _ in range(2)] == [200, 429]
    other = type(people["ada"])(f"other-{uuid.uuid4()}", people["ada"].role)
    assert other.get("/api/v1/users/me").status_code == 200


def test_who_has_no_log_in_is_counted_by_address(limits, address):
    limits(anonymous=(2, 3600))
    wrong = {"authorization": "Bearer wrong"}
    answers = [address.get("/api/v1/"), address.get("/api/v1/users/me", headers=wrong), address.get("/api/v1/users/me")]
    assert [answer.status_code for answer in answers] == [200, 401, 429]
    assert members(answers[1].headers["ratelimit"])[0] == "anonymous"


def test_log_ins_have_a_limit_of_their_own(people, limits, address):
    limits(log_in=(2, 3600), anonymous=(100, 60))
    body = {"username": "ada", "password": PASSWORD}
    answers = [address.post("/api/v1/auth/token", body, content_type="application/json") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert address.get("/api/v1/").status_code == 200


def test_the_address_behind_our_own_proxy_is_the_one_it_wrote_down(limits, monkeypatch):
    from rest_framework.settings import api_settings

    limits(anonymous=(1, 3600))
    monkeypatch.setattr(api_settings, "NUM_PROXIES", 1)
    one, other = str(uuid.uuid4()), str(uuid.uuid4())
    made_up = [f"{uuid.uuid4()}, {one}", f"{uuid.uuid4()}, {one}", other]
    answers = [Client().get("/api/v1/", headers={"x-forwarded-for": each}) for each in made_up]
    assert [answer.status_code for answer in answers] == [200, 429, 200]


def test_probes_and_preflights_are_never_refused(limits, address):
    limits(anonymous=(1, 3600))
    assert address.get("/api/v1/").status_code == 200
    assert [address.get("/livez").status_code for _ in range(3)] == [200] * 3
    assert address.options("/api/v1/users").status_code == 204


@pytest.fixture
def forgotten(monkeypatch):
    """Nothing known of Redis, before and after."""
    monkeypatch.setattr(redis_scripts, "_line", redis_scripts._Line())
    monkeypatch.setattr(redis_scripts, "_away_until_s", 0.0)


def test_without_redis_everybody_passes_and_the_log_says_so_once(stranger, limits, settings, forgotten, caplog):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.REDIS_URI = f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
        limits(default=(1, 3600))
        answers = [stranger.get("/api/v1/users/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert "ratelimit" not in answers[0].headers
    assert len([line for line in caplog.messages if "no limit is in force" in line]) == 1


def test_a_redis_that_is_frozen_holds_nobody_up(stranger, limits, settings, forgotten, caplog):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()  # it takes connections, and never answers
        settings.REDIS_URI = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        limits(default=(1, 3600))
        assert [stranger.get("/api/v1/users/me").status_code for _ in range(3)] == [200] * 3
    assert any("no limit is in force" in line for line in caplog.messages)


def test_two_connections_never_let_the_same_unit_go_twice(limits):
    from concurrent.futures import ThreadPoolExecutor

    from api.limits import COUNT

    key = f"trivium:limit:test:{uuid.uuid4()}"
    with ThreadPoolExecutor(8) as threads:  # each thread has a connection of its own
        answers = list(threads.map(lambda _: COUNT.run(key, 50, 3_600_000, 1), range(200)))
    assert sum(answer[0] for answer in answers if answer) == 50
