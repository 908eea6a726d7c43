"""Processes of our own, as servers of the stack: started last, on the stack's servers; stopped first, without haste."""

import os
import sys
import tomllib
from abc import abstractmethod
from collections.abc import Sequence

from stack.environment import describe_environment, describe_files
from stack.errors import NotReady, PortShared
from stack.layout import ROOT
from stack.listening import is_shared
from stack.processes import Launch, find_process
from stack.servers.base import Server


class Application(Server):
    """A process of ours: Python in this clone, with this stack's variables."""

    start_timeout_s = 60.0
    stop_timeout_s = 45.0

    @property
    def password(self) -> str:
        """Its people's passwords are their own."""
        return ""

    @property
    @abstractmethod
    def words(self) -> Sequence[str]:
        """What follows `python` on its command line."""

    def check_tools(self) -> None:
        """Need nothing but the environment this runs in."""

    def prepare(self) -> Launch:
        """Say how it is started."""
        return Launch([sys.executable, *self.words], {**os.environ, **self.variables()}, folder=ROOT)

    def check_port(self) -> None:
        """Prove that what answers on its port is this very process, and nobody else.

        Raises: NotReady, PortShared
        """
        process = find_process(self.site.layout.pid(self.name))
        if process is None:
            raise NotReady("it does not run")
        if is_shared(self.port, process):
            raise PortShared(f"another program listens on its port {self.port}, too")

    def variables(self) -> dict[str, str]:
        """Name this stack's servers, whatever the caller's environment names."""
        described = describe_environment(self.site.passwords, self.site.ports) | describe_files(self.site.layout)
        return {**described, "TRIVIUM_ENV_FILE": str(self.site.layout.env_file), "TRIVIUM_ENV": "local"}


def version() -> str:
    """Return the version of this clone."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
