"""The live process (answers that stay open) as a server of the stack: ASGI under granian, one worker."""

import urllib.error
import urllib.request

from stack.errors import NotReady
from stack.servers.application import Application, version
from stack.servers.base import HOST

GRANIAN = (
    "-m",
    "granian",
    "--interface",
    "asgi",
    "--no-ws",
    "--workers",
    "1",
    "--backpressure",
    "2000",
    "--workers-kill-timeout",
    "20",
)
APPLICATION = "live.asgi:application"


class Live(Application):
    """The live process of one stack."""

    name = "live"
    title = "Live"
    usual_port = 8001

    @property
    def words(self) -> tuple[str, ...]:
        """The port is this stack's."""
        return (*GRANIAN, "--port", str(self.port), APPLICATION)

    @property
    def address(self) -> str:
        """Where it is reached."""
        return f"http://{HOST}:{self.port}"

    def probe(self) -> str:
        """Ask for its liveness.

        Raises: NotReady
        """
        self.check_port()
        try:
            urllib.request.urlopen(f"{self.address}/livez", timeout=15).close()  # noqa: S310 - http only
        except urllib.error.HTTPError as error:
            with error:
                raise NotReady(f"/livez answers {error.code}") from error
        except OSError as error:
            raise NotReady(str(error)) from error
        return version()
