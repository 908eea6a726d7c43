"""Processes that outlive the command that started them: started, found again, measured and stopped by their notes.

A note (a JSON file, written by `stack.launcher`) holds process id, start time and boot, so that a process id that the
kernel gave to somebody else is never taken for ours.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stack import launcher
from stack.state import read_object

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAUSE_S = 0.05


@dataclass(frozen=True)
class User:
    """Another account that a server runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Launch:
    """How to start a program: argv with an absolute path, its whole environment, its folder, its user (None: ours)."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path("/")
    user: User | None = None


@dataclass(frozen=True)
class Process:
    """A running process of ours."""

    pid: int
    started_ticks: int

    @property
    def age_s(self) -> float:
        """Seconds since it started."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) - self.started_ticks / TICKS_PER_S

    @property
    def memory_bytes(self) -> int:
        """Resident memory of the process alone."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="utf-8").split()[1]
        except OSError:
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


def launch(order: Launch, *, pid_file: Path, log: Path) -> "subprocess.Popen[bytes]":
    """Start a program in a session of its own, its output appended to `log`; the note is written before it runs."""
    user = order.user
    text = json.dumps(
        {
            "pid_file": str(pid_file),
            "command": list(order.command),
            "environment": dict(order.environment),
            "folder": str(order.folder),
            "uid": user.uid if user else None,
            "gid": user.gid if user else None,
        },
    )
    pid_file.unlink(missing_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", launcher.__file__, text],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def find_process(pid_file: Path) -> Process | None:
    """Find the process of a note; None when it ended, the machine was booted since, or the id is now another's."""
    note = read_object(pid_file)
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    if note.get("boot") != boot or not isinstance(note.get("pid"), int):
        return None
    started = _start_ticks(note["pid"])
    return Process(note["pid"], started) if started is not None and started == note.get("started") else None


def stop_process(pid_file: Path, *, by: signal.Signals, timeout_s: float) -> bool:
    """End the process of a note by a signal, after `timeout_s` by SIGKILL; tell whether there was one."""
    process = find_process(pid_file)
    if process is not None:
        for sign, patience_s in ((by, timeout_s), (signal.SIGKILL, 10.0)):
            _send(process, sign)
            if _wait_gone(pid_file, patience_s):
                break
    pid_file.unlink(missing_ok=True)
    return process is not None


def _send(process: Process, sign: signal.Signals) -> None:
    try:
        os.kill(process.pid, sign)
    except ProcessLookupError:
        return


def _wait_gone(pid_file: Path, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while find_process(pid_file) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_S)
    return True


def _start_ticks(pid: int) -> int | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {"Z", "X"} else int(fields[19])
