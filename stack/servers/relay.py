"""The relay (`manage.py relay`) as a server of the stack: it listens nowhere, and shows that it lives in PostgreSQL."""

import socket

import psycopg

from stack.environment import describe_environment
from stack.errors import NotReady
from stack.processes import find_process
from stack.servers.application import Application, version

ALIVE = "SELECT 1 FROM relational_outboxrelay WHERE name = %s AND expires > now()"


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
        name = f"{socket.gethostname()[:80]}:{process.pid if process else 0}"
        uri = describe_environment(self.site.passwords, self.site.ports)["TRIVIUM_POSTGRESQL_URI"]
        try:
            with psycopg.connect(uri, connect_timeout=5) as connection:
                found = connection.execute(ALIVE, [name]).fetchone()
        except psycopg.Error as error:
            raise NotReady(str(error).strip()) from error
        if found is None:
            raise NotReady("it gives no sign of life in PostgreSQL")
        return version()
