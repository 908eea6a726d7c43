"""A process of ours as the stack keeps it: it is there once it signed in PostgreSQL, and started again when it died."""

import os
import signal
import socket
import subprocess
import sys

import psycopg
import pytest

from stack.environment import describe_environment
from stack.errors import NotReady
from stack.layout import ROOT
from stack.lifecycle import open_site, start_servers, stop
from stack.processes import find_process
from stack.servers import PostgreSQL, Relay

TABLE = "CREATE TABLE IF NOT EXISTS relational_outboxrelay (name text, expires timestamptz)"
# What the relay does at its start; its own tests run the real one.
SIGN = """
import os, psycopg, socket, time
with psycopg.connect(os.environ["TRIVIUM_POSTGRESQL_URI"]) as connection:
    name = f"{socket.gethostname()}:{os.getpid()}"
    connection.execute("INSERT INTO relational_outboxrelay VALUES (%s, now() + interval '1 hour')", [name])
time.sleep(3600)
"""


class Signing(Relay):
    words = ("-c", SIGN)


@pytest.fixture
def uri(up):
    server = up(PostgreSQL)
    uri = describe_environment(server.site.passwords, server.site.ports)["TRIVIUM_POSTGRESQL_URI"]
    with psycopg.connect(uri) as connection:
        connection.execute(TABLE)
    return uri


@pytest.fixture
def site(uri, layout):
    return open_site(layout)


def test_it_is_found_until_it_dies_and_then_started_again(site, layout, display):
    start_servers(site, display, [Signing])
    first = find_process(layout.pid("relay"))
    assert first is not None
    start_servers(site, display, [Signing])
    assert find_process(layout.pid("relay")) == first

    os.kill(first.pid, signal.SIGKILL)
    with pytest.raises(NotReady, match="no sign of life"):  # the dead one's is still there and nobody's
        while find_process(layout.pid("relay")):
            pass
        Signing(site).probe()
    start_servers(site, display, [Signing])
    assert find_process(layout.pid("relay")) not in (None, first)
    stop(layout, display, [Signing])
    assert find_process(layout.pid("relay")) is None


def test_its_container_is_healthy_while_its_first_process_has_signed(uri):
    def status():
        command = [sys.executable, "-m", "stack.relay_sign"]
        return subprocess.run(command, env={"TRIVIUM_POSTGRESQL_URI": uri}, cwd=ROOT, check=False).returncode

    assert status() == 1
    with psycopg.connect(uri) as connection:
        name = f"{socket.gethostname()}:1"
        connection.execute("INSERT INTO relational_outboxrelay VALUES (%s, now() + interval '1 hour')", [name])
    assert status() == 0
    with psycopg.connect(uri) as connection:
        connection.execute("UPDATE relational_outboxrelay SET expires = now()")
    assert status() == 1
