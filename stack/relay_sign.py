"""A relay's sign of life in PostgreSQL, its own row there: asked by `stack.servers.relay`, and by its container.

As a program (`python -m stack.relay_sign`) it is the container's health check: exit status 0 when the container's first
process signed. It imports nothing else of this room, most of which the image cannot run.
"""

import os
import socket
import sys

import psycopg

ALIVE = "SELECT 1 FROM relational_outboxrelay WHERE name = %s AND expires > now()"


def is_signed(uri: str, process_id: int) -> bool:
    """Tell whether this machine's relay of that process id signed, and not too long ago. Raises: psycopg.Error."""
    with psycopg.connect(uri, connect_timeout=5) as connection:
        return connection.execute(ALIVE, [f"{socket.gethostname()[:80]}:{process_id}"]).fetchone() is not None


if __name__ == "__main__":
    sys.exit(0 if is_signed(os.environ["TRIVIUM_POSTGRESQL_URI"], 1) else 1)
