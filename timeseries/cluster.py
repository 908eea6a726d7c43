"""A DATABASES entry turned into the driver's Cluster: addresses, log-in, TLS, routing, consistency, time limits.

Called by `session` only, once per process, which takes the session's class from here, too.
"""

import ssl
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cassandra import ConsistencyLevel, ProtocolVersion
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, Session
from cassandra.policies import DCAwareRoundRobinPolicy, ExponentialReconnectionPolicy, TokenAwarePolicy
from cassandra.query import dict_factory, tuple_factory
from django.core.exceptions import ImproperlyConfigured

from core.deadlines import shorten
from timeseries.batches import RowsMessage, RowsStatement

ROWS = "rows"
SCHEMA = "schema"
CONNECT_TIMEOUT_S = 5.0
REQUEST_TIMEOUT_S = 12.0  # above the server's own 10 s for a write or a range, so that its reason arrives
SCHEMA_TIMEOUT_S = 60.0
SCHEMA_AGREEMENT_S = 30
# The driver's own bound is ten minutes, and it gives up in the end: a server that is back would be thought away.
RECONNECT_FIRST_S, RECONNECT_MAX_S = 0.5, 5.0

# Version 5 (Cassandra 4.0 on) carries the keyspace with each query, so that no session depends on a USE.
PROTOCOL_VERSION = ProtocolVersion.V5

CONSISTENCIES: Mapping[str, int] = MappingProxyType(ConsistencyLevel.name_to_value)


class ShortenedSession(Session):  # type: ignore[misc]  # the driver has no types
    """A session whose preparing of statements, which takes no timeout, heeds the deadline in force.

    It sends rows that are serialised already, too, which the driver has no public way for.
    """

    @property
    def default_timeout(self) -> float:
        """How long the driver waits where nobody says how long."""
        return shorten(REQUEST_TIMEOUT_S)

    def _create_response_future(self, query: Any, *args: Any, **options: Any) -> Any:
        future = super()._create_response_future(query, *args, **options)
        if isinstance(query, RowsStatement):
            future.message = RowsMessage(future.message, query)
        return future


def open_cluster(database: Mapping[str, Any], **changes: Any) -> Cluster:
    """Make the Cluster that the DATABASES entry describes, not yet connected; `changes` are arguments of the driver's.

    Raises: ImproperlyConfigured for an unknown consistency or an unreadable certificate.
    """
    arguments = {
        "contact_points": str(database["HOST"]).split(","),
        "port": int(database["PORT"]),
        "auth_provider": _login(database),
        "ssl_context": tls_context(database["OPTIONS"]),
        "execution_profiles": execution_profiles(database["OPTIONS"]),
        "protocol_version": PROTOCOL_VERSION,
        "connect_timeout": CONNECT_TIMEOUT_S,
        "control_connection_timeout": CONNECT_TIMEOUT_S,
        "max_schema_agreement_wait": SCHEMA_AGREEMENT_S,
        "reconnection_policy": ExponentialReconnectionPolicy(RECONNECT_FIRST_S, RECONNECT_MAX_S, max_attempts=None),
        "application_name": "trivium",
    }
    return Cluster(**(arguments | changes))


def execution_profiles(options: Mapping[str, Any]) -> dict[Any, ExecutionProfile]:
    """Describe how requests run: cqlengine's (rows as dicts, the default), ours (tuples) and changes of the schema."""
    consistency = CONSISTENCIES.get(options["consistency"].upper())
    if consistency is None:
        known = ", ".join(CONSISTENCIES)
        raise ImproperlyConfigured(f"TRIVIUM_CASSANDRA_URI: no consistency {options['consistency']!r}; known: {known}")

    def profile(row_factory: Any, timeout_s: float) -> ExecutionProfile:
        return ExecutionProfile(
            load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc=options["local_dc"])),
            consistency_level=consistency,
            serial_consistency_level=ConsistencyLevel.LOCAL_SERIAL,
            request_timeout=timeout_s,
            row_factory=row_factory,
        )

    return {
        EXEC_PROFILE_DEFAULT: profile(dict_factory, REQUEST_TIMEOUT_S),
        ROWS: profile(tuple_factory, REQUEST_TIMEOUT_S),
        SCHEMA: profile(tuple_factory, SCHEMA_TIMEOUT_S),
    }


def tls_context(options: Mapping[str, Any]) -> ssl.SSLContext | None:
    """Make the TLS context of the options `tls`, `ca`, `cert`, `key`; None without `tls`.

    Raises: ImproperlyConfigured when a file cannot be read as what it should be.
    """
    if not options["tls"]:
        return None
    try:
        context = ssl.create_default_context(cafile=options["ca"])
        # The driver connects to addresses that it learns from the ring; certificates of a cluster seldom name those.
        context.check_hostname = False
        if options["cert"]:
            context.load_cert_chain(options["cert"], options["key"])
    except OSError as error:
        raise ImproperlyConfigured(f"TRIVIUM_CASSANDRA_URI: TLS files: {error}") from error
    return context


def _login(database: Mapping[str, Any]) -> PlainTextAuthProvider | None:
    if not database["USER"]:
        return None
    return PlainTextAuthProvider(username=database["USER"], password=database["PASSWORD"])
