"""The API as it runs for real: a process of its own on the test databases, for tests that speak to it over sockets."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connections

ROOT = Path(__file__).resolve().parents[1]
HOST = b"Host: localhost\r\n"
STARTS_WITHIN_S = 60
URIS = {"default": "TRIVIUM_POSTGRESQL_URI", "documents": "TRIVIUM_MONGODB_URI", "timeseries": "TRIVIUM_CASSANDRA_URI"}


class Serving:
    """A running server; `settings` are TRIVIUM_* variables without that prefix; `port` is a free one unless given."""

    def __init__(self, log, *, port=0, **settings):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = port or listener.getsockname()[1]
        self.log = log
        own = {
            f"TRIVIUM_{name}": str(value)
            for name, value in {"API_PORT": self.port, "API_WORKERS": 1, **settings}.items()
        }
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "api.server"], cwd=ROOT, env={**os.environ, **databases_of_tests(), **own},
                stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self._wait_until_it_answers()

    def _wait_until_it_answers(self):
        for _ in range(STARTS_WITHIN_S * 5):
            assert self.process.poll() is None, self.log.read_text()
            try:
                if self.ask("/livez")[0] == 200:
                    return
            except ConnectionError:
                pass
            time.sleep(0.2)
        raise AssertionError(self.log.read_text())

    def ask(self, path, headers=b"", **options):
        """GET a path on a connection of its own; return status, headers and body."""
        return self.send(f"GET {path} HTTP/1.1\r\n".encode() + HOST + headers, **options)

    def send(self, head, body=b""):
        """Send a request as it is, on a connection of its own."""
        with self.connect() as connection:
            connection.sendall(head + b"Connection: close\r\n\r\n" + body)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        lines, _, content = answer.partition(b"\r\n\r\n")
        first, *rest = lines.decode("latin-1").split("\r\n")
        return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in rest), content

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def lines(self):
        """What was logged, a dict per line that is written to its end."""
        return [json.loads(line) for line in self.log.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def end(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=30)


def databases_of_tests():
    """Name the test databases where the environment names the stack's own."""
    names = {alias: str(connections[alias].settings_dict["NAME"]) for alias in URIS}
    return {
        variable: urlsplit(os.environ[variable])._replace(path=f"/{names[alias]}").geturl()
        for alias, variable in URIS.items()
    }
