"""What every server of a stack can do; `stack.lifecycle` calls these in this order: prepare, probe, secure, stop."""

import signal
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from stack.layout import Layout
from stack.processes import Launch

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Site:
    """One stack as its servers see it: where, on which ports, with which passwords."""

    layout: Layout
    ports: Mapping[str, int]
    passwords: Mapping[str, str]


class Server(ABC):
    """One server of one stack."""

    name: ClassVar[str]
    title: ClassVar[str]
    # None: it listens nowhere.
    usual_port: ClassVar[int | None] = None
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    stop_timeout_s: ClassVar[float] = 30.0
    start_timeout_s: ClassVar[float] = 120.0
    # What a server says that died of something that passes by itself: it is started again.
    passing_trouble: ClassVar[str] = ""

    def __init__(self, site: Site) -> None:
        self.site = site

    @property
    def port(self) -> int:
        """The port it answers on; 0 when it listens nowhere."""
        return self.site.ports.get(self.name, 0)

    @property
    def place(self) -> str:
        """Where it answers, in words."""
        return "works" if self.usual_port is None else f"answers on {HOST}:{self.port}"

    @property
    def password(self) -> str:
        """The password of the application's user."""
        return self.site.passwords[self.name]

    @property
    def data(self) -> Path:
        """The folder of its data."""
        return self.site.layout.data(self.name)

    @property
    def conf(self) -> Path:
        """The folder of its configuration."""
        return self.site.layout.conf(self.name)

    @abstractmethod
    def check_tools(self) -> None:
        """Prove that the machine has what this server needs and the stack cannot fetch.

        Raises: RequirementMissing
        """

    @abstractmethod
    def prepare(self) -> Launch:
        """Make its files, mending what a kill left half made; return how to start it.

        Raises: DownloadFailed, RequirementMissing, ServerFailed
        """

    @abstractmethod
    def probe(self) -> str:
        """Log in as the application's user, prove that writing is possible, return the server's version.

        Raises: NotReady
        """

    def secure(self) -> None:  # noqa: B027 - a server without users has nothing to do
        """Make the application's user, idempotent; called while `probe` does not succeed.

        Raises: NotReady
        """
