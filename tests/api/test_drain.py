"""SIGTERM in the middle of work: what was asked is answered whole, nobody's connection is reset, the end is orderly."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connections

from tests.serving import HOST, Serving

FAST, SLOW = 4, 4
LOCKED = "/api/v1/accounts"
WAITERS = """SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE NOT granted AND relation = 'relational_account'::regclass AND datname = current_database()"""


@pytest.fixture
def serving(people, ledger, tmp_path):
    started = Serving(tmp_path / "api.log", API_WORKERS=2, API_DRAIN_S=0.5, API_STOP_WITHIN_S=60)
    yield started
    started.end()


@pytest.fixture
def locked(people):
    """Hold the accounts, so that whoever reads them waits until this connection lets them go."""
    parameters = connections["default"].get_connection_params()
    names = {name: parameters[name] for name in ("host", "port", "user", "password", "dbname")}
    with psycopg.connect(**names) as connection:
        connection.execute("LOCK TABLE relational_account IN ACCESS EXCLUSIVE MODE")
        yield connection


class KeepAlive:
    """A client that sends one request after the other on one connection, until it is told to close it."""

    def __init__(self, serving, token, path):
        self._connection = serving.connect()
        self._request = f"GET {path} HTTP/1.1\r\n".encode() + HOST + f"Authorization: {token}\r\n\r\n".encode()
        self.statuses = []

    def ask(self):
        """Send a request, read its whole answer, tell whether the connection stays. Raises: ConnectionError, EOFError."""
        self._connection.sendall(self._request)
        head, _, body = self._receive(lambda got: b"\r\n\r\n" in got).partition(b"\r\n\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:])
        length = int(headers["content-length"])
        self._receive(lambda got: len(got) >= length, body)
        self.statuses.append(int(head.split()[1]))
        if headers.get("connection") != "close":
            return True
        with self._connection:
            assert self._connection.recv(1) == b""  # closed, not reset
        return False

    def ask_on(self):
        while self.ask():
            pass
        return self.statuses

    def wait_for_end(self):
        """Return what comes before the connection is closed. Raises: ConnectionError."""
        with self._connection:
            return self._connection.recv(65536)

    def _receive(self, is_enough, got=b""):
        while not is_enough(got):
            part = self._connection.recv(65536)
            if not part:
                raise EOFError(f"the connection was closed after {len(got)} bytes")
            got += part
        return got


def wait_until(is_so):
    while not is_so():
        time.sleep(0.02)


def is_refused(serving):
    try:
        serving.connect().close()
    except ConnectionRefusedError:
        return True
    return False


def test_everything_that_was_asked_is_answered(serving, people, locked):
    token = people["ada"].client.defaults["HTTP_AUTHORIZATION"]
    fast = [KeepAlive(serving, token, path) for path in ["/livez", "/api/v1/users/me"] * (FAST // 2)]
    slow = [KeepAlive(serving, token, LOCKED) for _ in range(SLOW)]
    with ThreadPoolExecutor(FAST + SLOW) as pool:
        waiting = [pool.submit(client.ask) for client in slow]
        wait_until(lambda: locked.execute(WAITERS).fetchone() == (SLOW,))
        hammering = [pool.submit(client.ask_on) for client in fast]
        wait_until(lambda: all(client.statuses for client in fast))

        serving.process.send_signal(signal.SIGTERM)
        answered = [client.result() for client in hammering]
        status, headers, body = serving.ask("/readyz")
        assert (status, headers["connection"], b"ending" in body) == (503, "close", True)
        wait_until(lambda: is_refused(serving))
        assert not any(client.done() for client in waiting)

        locked.rollback()
        assert [client.result() for client in waiting] == [False] * SLOW
    assert {code for codes in [*answered, *(client.statuses for client in slow)] for code in codes} == {200}
    assert serving.process.wait(timeout=60) == 0


def test_a_second_signal_ends_the_drain(people, tmp_path):
    serving = Serving(tmp_path / "api.log", API_DRAIN_S=3600)
    serving.process.send_signal(signal.SIGTERM)
    wait_until(lambda: serving.ask("/readyz")[0] == 503)
    serving.process.send_signal(signal.SIGTERM)
    assert serving.process.wait(timeout=60) == 0


def test_a_connection_that_is_idle_all_the_time_is_closed_and_not_reset(people, tmp_path):
    serving = Serving(tmp_path / "api.log", API_DRAIN_S=0.1)
    client = KeepAlive(serving, "", "/livez")
    assert client.ask()
    serving.process.send_signal(signal.SIGTERM)
    assert client.wait_for_end() == b""
    assert serving.process.wait(timeout=60) == 0
