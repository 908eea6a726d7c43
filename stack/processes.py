"""Processes that outlive the command that started them: started, found again, measured and stopped by their notes.

A note (a JSON file, written by `stack.launcher`) holds process id, start time and boot, so that a process id that the
kernel gave to somebody else is never taken for ours.
"""

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from stack import launcher
from stack.state import read_object

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAUSE_S = 0.05
# A variable in the environment of everything that is launched, and of what that starts in turn.
MARK = "TRIVIUM_STACK_NOTE"


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
        """Memory of the process and all that it started; what several share counts once."""
        return sum(_memory_bytes(pid) for pid in family(self.pid))


def launch(order: Launch, *, pid_file: Path, log: Path) -> int:
    """Start a program in a session of its own, its output appended to `log`; the note is written before it runs.

    Returns, once the note is there or the process dead, its process id, which stays its own until we end.
    """
    environment = {**order.environment, MARK: str(pid_file)}
    fields = {**asdict(order), "environment": environment, "folder": str(order.folder), "pid_file": str(pid_file)}
    # Not in its arguments, which everybody may read: the environment may hold passwords.
    reader, writer = os.pipe()
    command = [sys.executable, "-I", "-S", launcher.__file__]
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    files = [
        (os.POSIX_SPAWN_DUP2, reader, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), append, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    pid = os.posix_spawn(
        command[0], command, os.environ, file_actions=files, setsid=True, setsigdef=[signal.SIGINT, signal.SIGTERM]
    )
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe, contextlib.suppress(BrokenPipeError):  # it died: its log says why
        pipe.write(json.dumps(fields).encode())
    while is_alive(pid) and find_process(pid_file) is None:
        time.sleep(PAUSE_S)
    return pid


def is_alive(pid: int) -> bool:
    """Tell whether a process that this one launched still runs."""
    return bool(_stat_fields(pid))


def find_process(pid_file: Path) -> Process | None:
    """Find the process of a note; None when it ended, the machine was booted since, or the id is now another's."""
    note = read_object(pid_file)
    if note.get("boot") != _boot_id() or not isinstance(note.get("pid"), int):
        return None
    fields = _stat_fields(note["pid"])
    started_ticks = int(fields[19]) if fields else None
    return Process(note["pid"], started_ticks) if started_ticks and started_ticks == note.get("started") else None


def stop_process(pid_file: Path, *, by: signal.Signals, timeout_s: float) -> bool:
    """End the process of a note by a signal, after `timeout_s` by SIGKILL; tell whether there was one.

    What it started in its session and left behind (a dead API's workers keep its port) is ended by SIGKILL.
    """
    process = find_process(pid_file)
    if process is not None:
        for sign, patience_s in ((by, timeout_s), (signal.SIGKILL, 10.0)):
            _send(process.pid, sign)
            if _wait_gone(pid_file, patience_s):
                break
    _end_left_behind(pid_file)
    pid_file.unlink(missing_ok=True)
    return process is not None


def _end_left_behind(pid_file: Path) -> None:
    """End them and wait until they are gone: until then they hold their port."""
    give_up_s = time.monotonic() + 10.0
    while (left := _left_behind(pid_file)) and time.monotonic() < give_up_s:
        for pid in left:
            _send(pid, signal.SIGKILL)
        time.sleep(0.05)


def _left_behind(pid_file: Path) -> list[int]:
    """Find the processes of the session that the noted process led, by the mark that each inherited from it."""
    note = read_object(pid_file)
    if note.get("boot") != _boot_id():
        return []
    mark = f"{MARK}={pid_file}".encode()
    in_session = [pid for pid in _all_pids() if (fields := _stat_fields(pid)) and int(fields[3]) == note.get("pid")]
    return [pid for pid in in_session if mark in _environment_of(pid)]


def family(pid: int) -> set[int]:
    """Return a process and all that it started, as process ids."""
    parents = {other: int(fields[1]) for other in _all_pids() if (fields := _stat_fields(other))}
    family, found = {pid}, {pid}
    while found:
        found = {child for child, parent in parents.items() if parent in found}
        family |= found
    return family


def _memory_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _environment_of(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _send(pid: int, sign: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)


def _wait_gone(pid_file: Path, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while find_process(pid_file) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_S)
    return True


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()


def _stat_fields(pid: int) -> list[str]:
    """Split what follows the program's name in /proc/PID/stat; nothing for a process that ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
    return [] if fields[0] in {"Z", "X"} else fields
