"""The servers of a stack, in the order in which status shows them."""

from stack.servers.api import API
from stack.servers.base import Server, Site
from stack.servers.cassandra import Cassandra
from stack.servers.mongodb import MongoDB
from stack.servers.postgresql import PostgreSQL
from stack.servers.redis import Redis

SERVERS: tuple[type[Server], ...] = (PostgreSQL, MongoDB, Cassandra, Redis)
# Everything that runs.
PARTS: tuple[type[Server], ...] = (*SERVERS, API)

__all__ = ["API", "PARTS", "SERVERS", "Cassandra", "MongoDB", "PostgreSQL", "Redis", "Server", "Site"]
