"""Processes of ours that listen nowhere, and show that they live by a row of their own in PostgreSQL."""

import psycopg

from stack.environment import describe_environment
from stack.errors import NotReady
from stack.processes import find_process
from stack.servers.application import Application, version
from stack.signs import is_signed


class SigningApplication(Application):
    """A process whose row's name has its process id."""

    def probe(self) -> str:
        """Look for the sign of life of this very process.

        Raises: NotReady
        """
        process = find_process(self.site.layout.pid(self.name))
        uri = describe_environment(self.site.passwords, self.site.ports)["TRIVIUM_POSTGRESQL_URI"]
        try:
            signed = is_signed(uri, self.name, process.pid if process else 0)
        except psycopg.Error as error:
            raise NotReady(str(error).strip()) from error
        if not signed:
            raise NotReady("it gives no sign of life in PostgreSQL")
        return version()
