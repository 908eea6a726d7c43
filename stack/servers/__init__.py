"""The servers of a stack, in the order in which status shows them."""

from stack.servers.api import API
from stack.servers.application import Application
from stack.servers.base import Server, Site
from stack.servers.cassandra import Cassandra
from stack.servers.live import Live
from stack.servers.mongodb import MongoDB
from stack.servers.postgresql import PostgreSQL
from stack.servers.redis import Redis
from stack.servers.relay import Relay
from stack.servers.worker import Worker

SERVERS: tuple[type[Server], ...] = (PostgreSQL, MongoDB, Cassandra, Redis)
APPLICATIONS: tuple[type[Application], ...] = (API, Live, Relay, Worker)
# Everything that runs.
PARTS: tuple[type[Server], ...] = (*SERVERS, *APPLICATIONS)

__all__ = [
    "API",
    "APPLICATIONS",
    "PARTS",
    "SERVERS",
    "Application",
    "Cassandra",
    "Live",
    "MongoDB",
    "PostgreSQL",
    "Redis",
    "Relay",
    "Server",
    "Site",
    "Worker",
]
