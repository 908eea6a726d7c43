"""Signs of life of relays and workers, rows of their own in PostgreSQL: asked by `stack.servers`, and by containers.

As a program (`python -m stack.signs relay`) it is a container's health check: exit status 0 when the container's first
process signed. It imports nothing else of this room, most of which the image cannot run.
"""

import os
import socket
import sys
from collections.abc import Mapping
from types import MappingProxyType

import psycopg

# Who signs where.
SIGNED: Mapping[str, str] = MappingProxyType(
    {
        "relay": "SELECT 1 FROM relational_outboxrelay WHERE name = %s AND expires > now()",
        "worker": "SELECT 1 FROM relational_jobworker WHERE name = %s AND expires > now()",
    }
)


def is_signed(uri: str, server: str, process_id: int) -> bool:
    """Tell whether this machine's process of that id signed, and not too long ago. Raises: psycopg.Error."""
    with psycopg.connect(uri, connect_timeout=5) as connection:
        name = f"{socket.gethostname()[:80]}:{process_id}"
        return connection.execute(SIGNED[server], [name]).fetchone() is not None


if __name__ == "__main__":
    sys.exit(0 if is_signed(os.environ["TRIVIUM_POSTGRESQL_URI"], sys.argv[1], 1) else 1)
