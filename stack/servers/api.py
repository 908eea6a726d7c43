"""The API as a server of the stack."""

import urllib.error
import urllib.request

from stack.errors import NotReady
from stack.servers.application import Application, version
from stack.servers.base import HOST

TIMEOUT_S = 15


class API(Application):
    """The API of one stack."""

    name = "api"
    title = "API"
    usual_port = 8000
    words = ("-m", "api.server")

    @property
    def address(self) -> str:
        """Where it is reached."""
        return f"http://{HOST}:{self.port}"

    def probe(self) -> str:
        """Ask whether it is ready, which it is when each store is.

        Raises: NotReady
        """
        self.check_port()
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=TIMEOUT_S) as answer:  # noqa: S310 - http only
                answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise NotReady(f"/readyz answers {error.code}: {error.read(300).decode('utf-8', 'replace')}") from error
        except OSError as error:
            raise NotReady(str(error)) from error
        return version()
