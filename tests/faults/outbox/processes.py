"""Children that are killed: forked ones for the many kills, real commands for the relays that go on."""

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import contextmanager

from core.crashes import CRASH_AT
from routers import PROJECT_ROOT
from tests.integration.imports.children import child_environment

KILLED = -signal.SIGKILL
PATIENCE_S = 60


def start_child(work: Callable[[], object], *, crash_at: str = "") -> int:
    """Fork a child that does the work, and dies at a crash point; return its process id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.environ[CRASH_AT] = crash_at
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - a child must end by its exit status, whatever happens
        traceback.print_exc()
    finally:
        os._exit(status)


def end_of(child: int) -> int:
    """Wait for a child's end and return its exit status, a killed one's as the signal's negative number."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_child(work: Callable[[], object], *, crash_at: str = "") -> int:
    return end_of(start_child(work, crash_at=crash_at))


def has_ended(child: int) -> bool:
    """Tell whether a child has ended, and leave its status to be asked for."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    end_of(child)


def wait_until(condition: Callable[[], object], *, what: str = "it") -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what} does not happen"
        time.sleep(0.05)


@contextmanager
def running_relays(count: int, **environment: str):
    """Run that many `manage.py relay`, and end them by SIGTERM: each must end well."""
    command = [sys.executable, str(PROJECT_ROOT / "manage.py"), "relay"]
    known = {**child_environment(), "TRIVIUM_RELAY_LEASE_S": "1", "TRIVIUM_RELAY_POLL_S": "0.02", **environment}
    processes = [
        subprocess.Popen([*command, "--name", f"relay-{number}"], env=known, stdout=subprocess.PIPE, text=True)
        for number in range(count)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.terminate()
        ends = [(process.communicate(timeout=PATIENCE_S)[0], process.returncode) for process in processes]
    assert [status for _, status in ends] == [0] * count, ends
