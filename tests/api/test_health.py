import socket

import pytest
from django.db import connections
from django.test import Client


@pytest.fixture
def silent_port():
    """A port that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield listener.getsockname()[1]


@pytest.fixture
def closed_port():
    """A port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def states(answer):
    return {store["store"]: store["is_ready"] for store in answer.json()["stores"]}


def test_ready_names_every_store_and_its_version(anybody):
    answer = anybody.get("/readyz")
    assert answer.status_code == 200, answer.content
    assert states(answer) == {"default": True, "documents": True, "timeseries": True}
    assert all(store["version"] for store in answer.json()["stores"])


def test_alive_asks_no_store():
    assert Client().get("/livez").json() == {"status": "alive"}


def test_a_dead_postgresql_is_named(anybody, closed_port, monkeypatch):
    monkeypatch.setitem(connections["default"].settings_dict, "PORT", str(closed_port))
    answer = anybody.get("/readyz")
    assert answer.status_code == 503
    assert states(answer) == {"default": False, "documents": True, "timeseries": True}
    assert "refused" in next(store["reason"] for store in answer.json()["stores"] if store["store"] == "default")


def test_a_silent_store_does_not_hold_the_answer(anybody, silent_port, monkeypatch, settings):
    settings.READINESS_DEADLINE_S = 1.0
    client = {"host": f"mongodb://127.0.0.1:{silent_port}/x?directConnection=true"}
    monkeypatch.setitem(connections.databases["documents"], "CLIENT", client)
    answer = anybody.get("/readyz")
    assert answer.status_code == 503
    assert states(answer) == {"default": True, "documents": False, "timeseries": True}
