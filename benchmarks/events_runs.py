"""One whole process, from its start to its end: how long, how much CPU, how much memory with all that it started."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.processes import LOGS, ROOT, children_of

SAMPLE_S = 0.05
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class ProgramFailed(Exception):
    """A program did not end well; the message is the end of what it said."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took; `inner_s` where the program itself says how long its work took without its start."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    inner_s: float


def run_program(name: str, command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Run:
    """Run a program to its end. Raises: ProgramFailed."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name.replace(' ', '_').replace('/', '_')}.log"
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=output, stderr=subprocess.STDOUT
        )
        watch = _MemoryWatch(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        peak_mb = watch.end() / 1e6  # ru_maxrss knows what the process was forked from, too
    said = log.read_text(encoding="utf-8", errors="replace").splitlines()
    if process.returncode:
        raise ProgramFailed("\n".join([f"{name} ended with status {process.returncode}; it said:", *said[-15:]]))
    return Run(wall_s, usage.ru_utime + usage.ru_stime, peak_mb, _inner_seconds(said) or wall_s)


def median_run(runs: Sequence[Run]) -> Run:
    """Return the medians of several runs; of memory the greatest."""
    return Run(
        median(run.wall_s for run in runs),
        median(run.cpu_s for run in runs),
        max(run.peak_mb for run in runs),
        median(run.inner_s for run in runs),
    )


def _inner_seconds(said: Sequence[str]) -> float | None:
    if not said or not said[-1].startswith('{"rows"'):
        return None
    return float(json.loads(said[-1])["seconds"])


class _MemoryWatch:
    """Looks at the resident memory of a process and its descendants again and again."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peak, self._done = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> int:
        """Stop looking; return the most that was seen, in bytes."""
        self._done.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_S):
            self._peak = max(self._peak, _resident_bytes(self._pid), _most_resident_bytes(self._pid))


def _most_resident_bytes(pid: int) -> int:
    """Return the most that the process itself ever had, which falls between two looks. Source: proc_pid_status(5)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:  # it has ended meanwhile
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _resident_bytes(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * PAGE_BYTES + sum(_resident_bytes(child) for child in children_of(pid))
    except (OSError, IndexError):  # it has ended meanwhile
        return 0
