"""Processes of ours that listen nowhere, as the stack keeps them: there once they signed in PostgreSQL, started again when dead."""

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
from stack.servers import PostgreSQL, Relay, Worker

TABLES = {"relay": "relational_outboxrelay", "worker": "relational_jobworker"}
# What the process does at its start; its own tests run the real one.
SIGN = """
import os, psycopg, socket, sys, time
with psycopg.connect(os.environ["TRIVIUM_POSTGRESQL_URI"]) as connection:
    name = f"{socket.gethostname()}:{os.getpid()}"
    connection.execute(f"INSERT INTO {sys.argv[1]} VALUES (%s, now() + interval '1 hour')", [name])
time.sleep(3600)
"""


class SigningRelay(Relay):
    words = ("-c", SIGN, TABLES["relay"])


class SigningWorker(Worker):
    words = ("-c", SIGN, TABLES["worker"])


@pytest.fixture
def uri(up):
    server = up(PostgreSQL)
    uri = describe_environment(server.site.passwords, server.site.ports)["TRIVIUM_POSTGRESQL_URI"]
    with psycopg.connect(uri) as connection:
        for table in TABLES.values():
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (name text, expires timestamptz)")
    return uri


@pytest.fixture
def site(uri, layout):
    return open_site(layout)


@pytest.mark.parametrize("kind", [SigningRelay, SigningWorker])
def test_it_is_found_until_it_dies_and_then_started_again(site, layout, display, kind):
    start_servers(site, display, [kind])
    first = find_process(layout.pid(kind.name))
    assert first is not None
    start_servers(site, display, [kind])
    assert find_process(layout.pid(kind.name)) == first

    os.kill(first.pid, signal.SIGKILL)
    with pytest.raises(NotReady, match="no sign of life"):  # the dead one's is still there and nobody's
        while find_process(layout.pid(kind.name)):
            pass
        kind(site).probe()
    start_servers(site, display, [kind])
    assert find_process(layout.pid(kind.name)) not in (None, first)
    stop(layout, display, [kind])
    assert find_process(layout.pid(kind.name)) is None


@pytest.mark.parametrize("server", TABLES)
def test_its_container_is_healthy_while_its_first_process_has_signed(uri, server):
    def status():
        command = [sys.executable, "-m", "stack.signs", server]
        return subprocess.run(command, env={"TRIVIUM_POSTGRESQL_URI": uri}, cwd=ROOT, check=False).returncode

    assert status() == 1
    with psycopg.connect(uri) as connection:
        name = f"{socket.gethostname()}:1"
        connection.execute(f"INSERT INTO {TABLES[server]} VALUES (%s, now() + interval '1 hour')", [name])
    assert status() == 0
    with psycopg.connect(uri) as connection:
        connection.execute(f"UPDATE {TABLES[server]} SET expires = now()")
    assert status() == 1
