"""PostgreSQL without the tables that this code needs: said in words, with the remedy, and gone when it is migrated."""

import json

import pytest
from django.db import connections

from core.errors import StoreUnavailable
from relational.health import check_health
from tests.faults.outbox.processes import wait_until
from tests.serving import HOST, Serving

REMEDY = "run `manage.py migrate`"
HELD = "SELECT count(*) FROM relational_outboxlane WHERE holder IS NOT NULL"


@pytest.fixture
def behind(scratch):
    """The database, migrated back before the outbox."""
    scratch.sql("DELETE FROM relational_outboxmessage")
    assert scratch.manage("migrate", "relational", "0002") == (0, "")
    yield scratch
    assert scratch.manage("migrate", "relational") == (0, "")


@pytest.fixture
def serving(behind, tmp_path):
    started = Serving(tmp_path / "api.log", POSTGRESQL_URI=behind.uri)
    yield started
    started.end()


@pytest.fixture
def relay(behind):
    """A relay, which must end well."""
    started = behind.start("relay")
    yield started
    started.terminate()
    _, said = started.communicate(timeout=60)
    assert (started.returncode, "Traceback" in said) == (0, False), said


def register(serving):
    body = json.dumps({"username": "ada", "email": "ada@example.com", "password": "long enough, isn't it"}).encode()
    head = b"POST /api/v1/auth/register HTTP/1.1\r\nContent-Type: application/json\r\n" + HOST
    return serving.send(head + f"Content-Length: {len(body)}\r\n".encode(), body)


def test_who_runs_says_so_and_goes_on_once_it_is_migrated(behind, serving, relay):
    status, _, answer = serving.ask("/readyz")
    (reason,) = [store["reason"] for store in json.loads(answer)["stores"] if not store["is_ready"]]
    assert (status, json.loads(answer)["outbox"]) == (503, None)
    assert "relational.0003_owners_and_outbox" in reason
    assert REMEDY in reason
    status, headers, answer = register(serving)
    assert (status, json.loads(answer)["code"], "retry-after" in headers) == (503, "store_unavailable", True)
    assert "relay started" in relay.stderr.readline()
    assert REMEDY in relay.stderr.readline()

    assert behind.manage("migrate", "relational") == (0, "")
    assert serving.ask("/readyz")[0] == 200
    wait_until(lambda: behind.sql(HELD) == [(64,)], what="the relay")


def test_a_database_that_was_never_migrated_is_not_ready(monkeypatch):
    monkeypatch.setitem(connections["default"].settings_dict, "NAME", "postgres")
    with pytest.raises(StoreUnavailable, match=REMEDY):
        check_health(5.0)


def test_commands_end_with_one_line_and_69(empty):
    for words in [("relay", "--once"), ("outbox", "status"), ("outbox", "replay", "--all")]:
        status, said = empty.manage(*words)
        assert (status, len(said.splitlines())) == (69, 1), said
        assert said.startswith("store_unavailable: PostgreSQL: relation")
        assert REMEDY in said
