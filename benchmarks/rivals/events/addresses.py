"""Where Cassandra is: TRIVIUM_CASSANDRA_URI taken apart, as every rival needs it; and a plain session of the driver."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import unquote, urlsplit

from cassandra import ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, Session
from cassandra.policies import RoundRobinPolicy, TokenAwarePolicy
from cassandra.query import tuple_factory

COLUMNS = ("stream", "bucket", "shard", "id", "actor", "kind", "level", "payload", "client_id")
TOKEN = "token(stream, bucket, shard)"
LOWEST, HIGHEST = -(1 << 63), (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Address:
    """One node, the log-in and the keyspace."""

    host: str
    port: int
    user: str
    password: str
    keyspace: str


def address() -> Address:
    """Read it from the environment."""
    parts = urlsplit(os.environ["TRIVIUM_CASSANDRA_URI"])
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Address(parts.hostname or "", parts.port or 9042, user, password, parts.path.strip("/"))


def token_ranges(count: int) -> list[tuple[int, int]]:
    """Cut the ring into ranges (above, up to) of equal width."""
    edges = [LOWEST + place * (1 << 64) // count for place in range(count)] + [HIGHEST]
    return list(pairwise(edges))


@contextmanager
def driver_session(row_factory: Callable[..., Any] = tuple_factory) -> Iterator[Session]:
    """Connect as the driver's documentation does: token aware, one node's answer is enough."""
    where = address()
    profile = ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(RoundRobinPolicy()),
        consistency_level=ConsistencyLevel.LOCAL_ONE,
        request_timeout=120,
        row_factory=row_factory,
    )
    cluster = Cluster(
        [where.host],
        port=where.port,
        auth_provider=PlainTextAuthProvider(where.user, where.password),
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        protocol_version=5,
    )
    try:
        yield cluster.connect(where.keyspace)
    finally:
        cluster.shutdown()
