"""Ctrl-C while a command starts: one line and status 130, never a traceback, at whatever it is interrupted."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.exits import INTERRUPTED
from routers import PROJECT_ROOT
from tests.integration.imports.children import child_environment

# Compiled modules in the order in which a starting command maps them: how far it has come.
MOMENTS = ("_socket", "_psycopg", "cmurmur3", "_cmessage", "_multibytecodec")
A_LITTLE_S = 0.1
PATIENCE_S = 30


def has_mapped(process, name):
    try:
        return name in Path(f"/proc/{process.pid}/maps").read_text()
    except OSError:
        return False


def interrupt(kind, folder, *, at, after_s):
    """Start a load that waits for its input, interrupt it a moment after it mapped a module; its status and errors."""
    os.mkfifo(folder / "pipe.ndjson")
    command = [sys.executable, str(PROJECT_ROOT / "manage.py"), "load", kind, "pipe.ndjson", "--owner", "loader"]
    process = subprocess.Popen(command, cwd=folder, env=child_environment(), stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not has_mapped(process, at):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(after_s)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    return process.returncode, errors


@pytest.mark.django_db(transaction=True, databases=["default"])
@pytest.mark.parametrize("kind", ["events", "documents"])
@pytest.mark.parametrize("after_s", [0, A_LITTLE_S])
@pytest.mark.parametrize("at", MOMENTS)
def test_interrupt_while_a_command_starts_is_one_line(tmp_path, owner, kind, at, after_s):
    status, errors = interrupt(kind, tmp_path, at=at, after_s=after_s)
    assert status == INTERRUPTED, errors
    assert errors.startswith("interrupted")
    assert errors.count("\n") == 1
