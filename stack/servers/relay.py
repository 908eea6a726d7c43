"""The relay (`manage.py relay`) as a server of the stack: it listens nowhere, and shows that it lives in PostgreSQL."""

import psycopg

from stack.environment import describe_environment
from stack.errors import NotReady
from stack.processes import find_process
from stack.relay_sign import is_signed
from stack.servers.application import Application, version


class Relay(Application):
    """The relay of one stack."""

    name = "relay"
    title = "Relay"
    words = ("manage.py", "relay")

    def probe(self) -> str:
        """Look for the sign of life of this very process: the relay's name has its process id.

        Raises: NotReady
        """
        process = find_process(self.site.layout.pid(self.name))
        uri = describe_environment(self.site.passwords, self.site.ports)["TRIVIUM_POSTGRESQL_URI"]
        try:
            signed = is_signed(uri, process.pid if process else 0)
        except psycopg.Error as error:
            raise NotReady(str(error).strip()) from error
        if not signed:
            raise NotReady("it gives no sign of life in PostgreSQL")
        return version()
