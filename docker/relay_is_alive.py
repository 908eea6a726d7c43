"""The health check of a relay's container: exit status 0 when the relay, its first process, signed in PostgreSQL."""

# ruff: noqa: INP001 - a script of the image, in no package
import os
import socket
import sys

import psycopg

ALIVE = "SELECT 1 FROM relational_outboxrelay WHERE name = %s AND expires > now()"

with psycopg.connect(os.environ["TRIVIUM_POSTGRESQL_URI"], connect_timeout=5) as connection:
    found = connection.execute(ALIVE, [f"{socket.gethostname()[:80]}:1"]).fetchone()
sys.exit(0 if found else 1)
