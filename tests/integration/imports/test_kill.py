"""A load that is killed in the middle and run again ends as one that was not."""

import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from core.exits import INTERRUPTED
from relational.models import Account, Entry, Transaction
from routers import PROJECT_ROOT
from tests.integration.imports.children import child_environment

LINES = 2000
BEFORE_STOP = 1330
BATCH = 100
COMMAND = [sys.executable, str(PROJECT_ROOT / "manage.py"), "load", "transactions", "--owner", "loader"]
COMMAND += ["--format", "columns", "--data-set", "killed", "--set", "currency=USD", "--batch-size", str(BATCH)]
PIPES: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}


def wait_until(condition, *, process, seconds=60):
    """Wait until a condition holds; the process must not end before it does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def lines():
    """A table of transactions, its header first."""
    rows = (f"{line % 50:05} 2026-01-{line % 28 + 1:02} {line % 7}.25" for line in range(LINES))
    return ["account date amount", *rows]


@pytest.fixture
def stop_load(tmp_path, owner, lines):
    """Start a load, feed it a part of the lines, stop it by a signal while it waits for more; its exit and errors."""

    def stop(signal_number):
        pipe = tmp_path / "pipe.txt"
        os.mkfifo(pipe)
        process = subprocess.Popen([*COMMAND, str(pipe)], cwd=tmp_path, env=child_environment(), **PIPES)
        # Opened for reading too, so that it opens and stays open whatever the child does.
        with os.fdopen(os.open(pipe, os.O_RDWR), "w") as feed:
            feed.write("\n".join(lines[: BEFORE_STOP + 1]) + "\n")
            feed.flush()
            wait_until(lambda: Transaction.objects.count() == BEFORE_STOP // BATCH * BATCH, process=process)
            os.kill(process.pid, signal_number)
            _, errors = process.communicate(timeout=60)
        return process.returncode, errors

    return stop


def load_whole(folder, lines):
    (folder / "whole.txt").write_text("\n".join(lines) + "\n")
    command = [*COMMAND, "whole.txt"]
    return subprocess.run(command, cwd=folder, env=child_environment(), check=False, **PIPES)


@pytest.mark.django_db(transaction=True, databases=["default"])
def test_killed_load_run_again_ends_as_one_that_was_not_killed(tmp_path, stop_load, lines):
    status, _ = stop_load(signal.SIGKILL)
    assert status == -signal.SIGKILL
    stored = Transaction.objects.count()
    assert 0 < stored < LINES
    assert Entry.objects.count() == 2 * stored

    again = load_whole(tmp_path, lines)
    assert again.returncode == 0, again.stderr
    summary = f"transactions: read {LINES}, stored {LINES - stored}, already there {stored}, rejected 0\n"
    assert again.stdout == summary
    assert (Transaction.objects.count(), Entry.objects.count()) == (LINES, 2 * LINES)
    assert float(Account.objects.get(number="counter").balance) == sum(line % 7 + 0.25 for line in range(LINES))


@pytest.mark.django_db(transaction=True, databases=["default"])
def test_interrupted_load_says_how_far_it_came(stop_load):
    status, errors = stop_load(signal.SIGINT)
    assert status == INTERRUPTED
    stored = BEFORE_STOP // BATCH * BATCH
    assert errors.startswith("interrupted (read ")
    assert errors.endswith(f", stored {stored}, already there 0, rejected 0): run it again, nothing is stored twice\n")
