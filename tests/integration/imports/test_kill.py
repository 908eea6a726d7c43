"""A load that is killed in the middle and run again ends as one that was not."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.db import connections

from relational.models import Account, Entry, Transaction
from routers import PROJECT_ROOT
from tests.integration.imports.children import child_environment

LINES = 2000
BEFORE_KILL = 1300


def wait_until(condition, *, process, seconds=60):
    """Wait until a condition holds; the process must not end before it does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True, databases=["default"])
def test_killed_load_run_again_ends_as_one_that_was_not_killed(tmp_path, owner):
    lines = [
        "account date amount",
        *(f"{line % 50:05} 2026-01-{line % 28 + 1:02} {line % 7}.25" for line in range(LINES)),
    ]
    text = "\n".join(lines) + "\n"
    whole, pipe = tmp_path / "whole.txt", tmp_path / "pipe.txt"
    whole.write_text(text)
    os.mkfifo(pipe)
    command = [sys.executable, str(PROJECT_ROOT / "manage.py"), "load", "transactions", "--owner", "loader", "--format"]
    command += ["columns", "--data-set", "killed", "--set", "currency=USD", "--batch-size", "100"]

    process = subprocess.Popen(
        [*command, str(pipe)],
        cwd=tmp_path,
        env=child_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Opened for reading too, so that it opens and stays open whatever the child does.
    with os.fdopen(os.open(pipe, os.O_RDWR), "w") as feed:
        feed.write("\n".join(lines[: BEFORE_KILL + 1]) + "\n")
        feed.flush()
        wait_until(lambda: Transaction.objects.count() >= 300, process=process)
        os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert 300 <= Transaction.objects.count() < LINES
    assert Entry.objects.count() == 2 * Transaction.objects.count()

    again = subprocess.run(
        [*command, str(whole)], cwd=tmp_path, env=child_environment(), capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    assert f"read {LINES}, " in again.stdout
    assert (Transaction.objects.count(), Entry.objects.count()) == (LINES, 2 * LINES)
    expected = sum(line % 7 + 0.25 for line in range(LINES))
    assert float(Account.objects.get(number="counter").balance) == expected
    connections.close_all()
