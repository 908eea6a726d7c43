"""A live process of its own under granian, over the tests' keyspace, and listeners that speak HTTP by hand."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from rest_framework_simplejwt.tokens import AccessToken

from api.authentication import make_access_token
from core.principals import Principal, Role
from core.times import now
from relational.models import User
from relational.rows import CredentialRow
from stack.servers.live import GRANIAN
from tests.serving import databases_of_tests
from timeseries import services

ROOT = Path(__file__).resolve().parents[3]
STARTS_WITHIN_S = 60
WAITS_S = 30
LIMITS = {
    "TRIVIUM_LIVE_POLL_S": "0.1",
    "TRIVIUM_LIVE_LOOK_BACK_S": "3",
    "TRIVIUM_LIVE_HEARTBEAT_S": "0.5",
    "TRIVIUM_LIVE_BUFFER_BYTES": "400000",
    "TRIVIUM_LIVE_MAX_LISTENERS_PER_CALLER": "3",
}


class Server:
    """A live process; `connect` opens a listener."""

    def __init__(self, folder, *, application="live.asgi:application", **variables):
        self.listeners = []
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        self.log = folder / f"{self.port}.log"
        command = [sys.executable, *GRANIAN, "--workers-kill-timeout", "5"]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port), application],
                cwd=ROOT,
                env={**os.environ, **LIMITS, **databases_of_tests(), **variables},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._wait()

    def _wait(self):
        for _ in range(STARTS_WITHIN_S * 5):
            assert self.process.poll() is None, self.log.read_text()
            try:
                if self.connect("/livez").status == 200:
                    return
            except ConnectionError:
                pass
            time.sleep(0.2)
        raise AssertionError(self.log.read_text())

    def connect(self, path, token=None, *, method="GET", **headers):
        listener = Listener(self.port, f"{method} {path}", token, headers)
        self.listeners.append(listener)
        return listener

    def close_listeners(self):
        while self.listeners:
            self.listeners.pop().close()

    def listen(self, stream, person, query="", *, lifetime_s=300, **headers):
        """Connect to a stream, and return when it has begun."""
        token = token_of(person, lifetime_s)
        listener = self.connect(f"/live/v1/streams/{stream}/events{query}", token, **headers)
        assert listener.status == 200, listener.rest()
        return listener

    def end(self):
        os.kill(self.process.pid, signal.SIGTERM)
        return self.process.wait(timeout=WAITS_S)


class Listener:
    """One connection: its header, then its messages as dicts of their fields; heartbeats are `{}`."""

    def __init__(self, port, request, token, headers):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WAITS_S)
        lines = [f"{request} HTTP/1.1", "Host: localhost"]
        lines += [f"Authorization: {token if ' ' in token else f'Bearer {token}'}"] if token else []
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.file = self.socket.makefile("rb")
        first = self.file.readline()
        if not first:
            self.close()
            raise ConnectionError("closed")
        self.token = token
        self.status = int(first.split()[1])
        header = iter(self.file.readline, b"\r\n")
        self.headers = dict(line.decode().strip().lower().split(": ", 1) for line in header)
        self._text = b""

    def rest(self):
        """Read an answer of a known length."""
        return json.loads(self.file.read(int(self.headers["content-length"])))

    def message(self):
        """Return the next message; None at the end."""
        while b"\n\n" not in self._text:
            size = int(self.file.readline() or b"0", 16)
            if size == 0:
                return None
            self._text += self.file.read(size)
            self.file.readline()
        text, _, self._text = self._text.partition(b"\n\n")
        fields = [line.split(": ", 1) for line in text.decode().split("\n") if not line.startswith(":")]
        return {name: json.loads(value) if name == "data" else value for name, value in fields}

    def events(self, count):
        """Return the next events, past heartbeats and `retry`."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            message = self.message()
            assert message is not None, "the connection ended"
            assert message.get("event") is None, message
            if "id" in message:
                assert message["id"] == message["data"]["id"]
                found.append(message["data"])
        return found

    def end(self):
        """Return why it ends, past everything else; the connection is closed in order after that."""
        while (message := self.message()) is not None:
            if message.get("event") == "end":
                assert message["retry"] == "2000"
                assert self.message() is None
                return message["data"]["code"]
        raise AssertionError("it ended without a reason")

    def close(self):
        self.file.close()
        self.socket.close()


def token_of(person, lifetime_s=300):
    token: Any = make_access_token(CredentialRow(person.user_id, person.role.value, ""))
    token = AccessToken(token)
    token.set_exp(lifetime=timedelta(seconds=lifetime_s))
    return str(token)


@pytest.fixture(scope="package")
def server(django_db_setup, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("live"))
    yield server
    assert server.end() == 0, server.log.read_text()
    assert "Traceback" not in server.log.read_text()


@contextmanager
def servers_in(folder):
    """Give a way to start servers, which are ended at last."""
    servers = []

    def make(**options):
        servers.append(Server(folder, **options))
        return servers[-1]

    yield make
    for server in servers:
        server.close_listeners()
        if server.process.poll() is None:
            server.end()


@pytest.fixture
def own_server(django_db_setup, tmp_path):
    with servers_in(tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def make_server(django_db_setup, tmp_path_factory):
    """As `own_server`, for all tests of a module."""
    with servers_in(tmp_path_factory.mktemp("server")) as make:
        yield make


@pytest.fixture(autouse=True)
def close_listeners(server):
    yield
    server.close_listeners()


@pytest.fixture(scope="package")
def identity(django_db_setup, django_db_blocker):
    """PostgreSQL, written to for good, for the process asks it; emptied in the end."""
    with django_db_blocker.unblock():
        yield
        call_command("flush", database="default", interactive=False, verbosity=0)


@pytest.fixture
def make_person(identity):
    def make(role=Role.CONSUMER):
        return Principal(User.objects.create(username=uuid4().hex, role=role.value).id, role)

    return make


@pytest.fixture
def owner(make_person):
    return make_person()


@pytest.fixture
def stranger(make_person):
    return make_person()


@pytest.fixture
def analyst(make_person):
    return make_person(Role.ANALYST)


@pytest.fixture
def stream(django_db_setup, owner):
    name = f"test-{uuid4().hex}"
    services.create_stream(owner, name=name, retention="days7")
    return name


@pytest.fixture
def append(stream, owner):
    """Append events with these numbers, each so many seconds ago; return their ids."""

    def append(*numbers, ago_s=0.0, text=""):
        start = now() - timedelta(seconds=ago_s)
        raw = [
            {"time": start + timedelta(microseconds=number), "kind": "test", "payload": {"n": number, "text": text}}
            for number in numbers
        ]
        results = services.append_events(owner, stream, raw)
        assert {result.status for result in results} == {"stored"}
        return [str(result.id) for result in results]

    return append


def numbers(events):
    return [event["payload"]["n"] for event in events]
