"""The stored world of tests/api, for a server that runs for real while its stores are frozen."""

import json
import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from stack.processes import family
from tests.api.conftest import ledger, papers, people, stores, streams, teams  # noqa: F401 - the fixtures of that world

ROUNDS = int(os.environ.get("TRIVIUM_FAULT_ROUNDS", "1"))
# A restart of Cassandra takes longer than all else, and holds up whoever tests at the same time: `make faults` does it.
collect_ignore = [] if ROUNDS > 1 else ["test_scan_restart.py"]


def is_stopped(pid):
    """Tell whether every thread of a process has stopped, or ended: the signal does not wait for that."""
    try:
        stats = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/stat")]
    except (FileNotFoundError, ProcessLookupError):  # a thread has ended meanwhile
        return False
    return all(stat.rpartition(")")[2].split()[0] in "TZX" for stat in stats)


@pytest.fixture
def frozen():
    """Stop every process of a server of the suite's own stack for a while; it goes on in any case."""
    pids = Path(os.environ["TRIVIUM_ENV_FILE"]).parent / "pids"

    @contextmanager
    def freeze(server):
        stopped = family(json.loads((pids / f"{server}.json").read_text())["pid"])
        try:
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            while not all(is_stopped(pid) for pid in stopped):
                time.sleep(0.01)
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)

    return freeze
