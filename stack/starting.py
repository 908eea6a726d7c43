"""Starting one server, or finding that it runs, and waiting until it answers the application's user."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stack.errors import NotReady, PortShared, ServerFailed
from stack.ports import is_free
from stack.processes import find_process, is_alive, launch, stop_process
from stack.servers import Server

PAUSE_S = 0.2
TAIL_LINES = 15
MAX_LOG_BYTES = 32 << 20


@dataclass
class Start:
    """One attempt to have a server run."""

    server: Server
    say: Callable[[str], None]
    cancelled: threading.Event
    pid: int = 0
    log_offset: int = 0

    def run(self) -> str:
        """Start the server unless it runs, wait until it answers; return its version.

        Raises: ServerFailed, DownloadFailed, RequirementMissing
        """
        if find_process(self.pid_file) is None:
            self.say("preparing")
            self._launch()
            self.say("starting")
        return self._wait()

    def _launch(self) -> None:
        order = self.server.prepare()
        self.log_offset = turn_log(self.log)
        self.pid = launch(order, pid_file=self.pid_file, log=self.log)

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.server.site.layout.log(self.server.name)

    @property
    def pid_file(self) -> Path:
        """The server's note."""
        return self.server.site.layout.pid(self.server.name)

    def _wait(self) -> str:
        deadline = time.monotonic() + self.server.start_timeout_s
        reason = ""
        while time.monotonic() < deadline and not self.cancelled.is_set():
            if not self._is_alive():
                last_words = tail(self.log, self.log_offset)
                passing = self.server.passing_trouble
                # One that was found running and ends while it is asked (killed a moment ago) was never started here.
                if self.pid and (not passing or passing not in last_words):
                    raise ServerFailed(self._cause_of_death(), detail=last_words)
                self._launch()
            try:
                return self._settle()
            except PortShared as error:
                # Running, it would keep that port at the next start.
                stop_process(self.pid_file, by=self.server.stop_signal, timeout_s=self.server.stop_timeout_s)
                raise ServerFailed(self._port_lost()) from error
            except NotReady as error:
                reason = error.message
            time.sleep(PAUSE_S)
        if self.cancelled.is_set():
            raise ServerFailed(f"{self.server.title} was not waited for")
        raise ServerFailed(
            f"{self.server.title} runs and does not answer: {reason[:300]}",
            detail=tail(self.log, self.log_offset),
        )

    def _settle(self) -> str:
        try:
            return self.server.probe()
        except NotReady:
            self.server.secure()
        return self.server.probe()

    def _cause_of_death(self) -> str:
        if is_free(self.server.port):
            return f"{self.server.title} died at its start; the end of its log is above, all of it in {self.log}"
        return self._port_lost()

    def _port_lost(self) -> str:
        return (
            f"{self.server.title} lost its port {self.server.port} to another program: run it again, it takes another"
        )

    def _is_alive(self) -> bool:
        return is_alive(self.pid) if self.pid else find_process(self.pid_file) is not None


def turn_log(log: Path) -> int:
    """Put an old long log aside; return the offset at which new lines begin."""
    size = log.stat().st_size if log.exists() else 0
    if size <= MAX_LOG_BYTES:
        return size
    log.replace(log.with_suffix(".log.1"))
    return 0


def tail(log: Path, offset: int = 0, *, lines: int = TAIL_LINES) -> str:
    """Return the last lines of a log, none from before `offset` bytes."""
    try:
        with log.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(offset, end - 64_000))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
