"""A store that is away or frozen: what the others get goes on, nothing dies, and everything arrives when it is back."""

import os
import re
import signal
import subprocess
import sys

import pytest

from relational.models import OutboxLane, OutboxMessage
from routers import PROJECT_ROOT
from tests.faults.outbox.checking import discrepancies, left_over
from tests.faults.outbox.processes import running_relays, wait_until
from tests.faults.outbox.writing import Run, write
from tests.integration.imports.children import child_environment
from tests.integration.query.test_lost_stores import refusing_port, silent_port

pytestmark = pytest.mark.usefixtures("stores")
SHORT = {"TRIVIUM_RELAY_LEASE_S": "1", "TRIVIUM_RELAY_POLL_S": "0.02"}


def relay_once(**environment):
    command = [sys.executable, str(PROJECT_ROOT / "manage.py"), "relay", "--once"]
    known = {**child_environment(), **SHORT, **environment}
    return subprocess.run(command, env=known, capture_output=True, text=True, check=False, timeout=100)


def away(port):
    """MongoDB's address with another port, where nobody is asked for longer than half a second."""
    address = child_environment()["TRIVIUM_MONGODB_URI"]
    bounds = "serverSelectionTimeoutMS=500&socketTimeoutMS=500&connectTimeoutMS=500"
    return {"TRIVIUM_MONGODB_URI": re.sub(r"(@[^:/]+):\d+", rf"\g<1>:{port}", address) + f"&{bounds}"}


@pytest.mark.parametrize("broken", [refusing_port, silent_port])
def test_a_store_that_is_away_gets_everything_when_it_is_back(broken):
    run = Run.new(transactions=4, has_collections=False)
    write(run)
    with broken() as port:
        ended = relay_once(**away(port))
    assert ended.returncode == 69, ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("store_unavailable: left for later: ")
    kinds = {key.partition(":")[0] for key, _ in left_over(run)}
    assert kinds == {"owner", "user"}
    assert set(OutboxMessage.objects.values_list("attempts", flat=True)) == {0}
    assert [line for line in discrepancies(run) if line.startswith("ledger")] == []
    OutboxMessage.objects.filter(state="pending").update(available="2000-01-01T00:00:00Z")
    ended = relay_once()
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (left_over(run), discrepancies(run)) == ([], [])


def test_without_postgresql_a_relay_ends_with_one_line():
    with refusing_port() as port:
        address = re.sub(r"(@[^:/]+):\d+", rf"\g<1>:{port}", child_environment()["TRIVIUM_POSTGRESQL_URI"])
        ended = relay_once(TRIVIUM_POSTGRESQL_URI=address)
    assert ended.returncode == 69
    assert ended.stderr.splitlines()[-1].startswith("store_unavailable: ")
    assert "Traceback" not in ended.stderr


def test_a_relay_that_is_told_to_end_gives_back_its_lanes():
    run = Run.new(transactions=2, has_collections=False)
    with running_relays(1, TRIVIUM_RELAY_LEASE_S="600") as (relay,):
        write(run)
        wait_until(lambda: not left_over(run))
        assert OutboxLane.objects.exclude(holder=None).count() == 64
        os.kill(relay.pid, signal.SIGTERM)
        assert relay.wait(30) == 0
    assert OutboxLane.objects.exclude(holder=None).count() == 0
