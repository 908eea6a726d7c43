"""The API as a server of the stack: granian with two worker processes, started last, stopped first."""

import os
import sys
import tomllib
import urllib.error
import urllib.request

from stack.environment import describe_environment
from stack.errors import NotReady
from stack.layout import ROOT
from stack.processes import Launch
from stack.servers.base import HOST, Server

WORKERS = 2
THREADS = 16  # per worker; as many as its pool of PostgreSQL connections holds


class API(Server):
    """The API of one stack."""

    name = "api"
    title = "API"
    usual_port = 8000
    start_timeout_s = 60.0

    @property
    def password(self) -> str:
        """Its people's passwords are their own."""
        return ""

    @property
    def address(self) -> str:
        """Where it is reached."""
        return f"http://{HOST}:{self.port}"

    def check_tools(self) -> None:
        """Need nothing but the environment this runs in."""

    def prepare(self) -> Launch:
        """Say how granian serves the WSGI application on loopback."""
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(self.port)]
        command += [
            "--workers",
            str(WORKERS),
            "--blocking-threads",
            str(THREADS),
            "--respawn-failed-workers",
            "--no-ws",
            "api.wsgi:application",
        ]
        return Launch(command, {**os.environ, **self.variables()}, folder=ROOT)

    def variables(self) -> dict[str, str]:
        """Name this stack's servers, whatever the caller's environment names."""
        described = describe_environment(self.site.passwords, self.site.ports)
        return {**described, "TRIVIUM_ENV_FILE": str(self.site.layout.env_file), "TRIVIUM_ENV": "local"}

    def probe(self) -> str:
        """Ask whether it is ready, which it is when each store is.

        Raises: NotReady
        """
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=15) as answer:  # noqa: S310 - http only
                answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise NotReady(f"/readyz answers {error.code}: {error.read(300).decode('utf-8', 'replace')}") from error
        except OSError as error:
            raise NotReady(str(error)) from error
        return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
