"""Store addresses (URIs) turned into Django's DATABASES entries. Pure; called by `components/databases.py` only."""

from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from relational.connections import BoundedConnection

LIBPQ_TO_DJANGO = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER", "password": "PASSWORD"}
TRUE_WORDS = {"1", "true", "yes", "on"}


def postgresql_database(uri: str, *, pool_max_size: int) -> dict[str, Any]:
    """Describe PostgreSQL by a libpq URI; every libpq parameter (sslmode, sslrootcert, …) may stand in its query.

    Raises: ImproperlyConfigured for a URI that libpq refuses.
    Source: PostgreSQL manual, 34.1.1 Connection Strings.
    """
    try:
        parameters = dict(conninfo_to_dict(uri))
    except ProgrammingError as error:
        raise ImproperlyConfigured(
            "TRIVIUM_POSTGRESQL_URI is no URI of PostgreSQL: write postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        ) from error
    database: dict[str, Any] = {
        django_name: str(parameters.pop(name)) for name, django_name in LIBPQ_TO_DJANGO.items() if name in parameters
    }
    pool = {"min_size": 1, "max_size": pool_max_size, "timeout": 5, "connection_class": BoundedConnection}
    # Only `relational.prepared` prepares anything: what runs for the second time on a connection.
    options = {"connect_timeout": 5, "prepare_threshold": 1, **parameters, "pool": pool}
    # Checked when taken from the pool: a server that was started anew has closed those it held.
    database |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
    return {"ENGINE": "django.db.backends.postgresql", **database, "OPTIONS": options}


def mongodb_database(uri: str) -> dict[str, Any]:
    """Describe MongoDB by its standard connection string; TLS, replica set, read preference and pool are its options.

    Raises: ImproperlyConfigured when the URI names no database.
    Source: MongoDB manual, Connection Strings.
    """
    name = urlsplit(uri).path.strip("/")
    if not name:
        raise ImproperlyConfigured("TRIVIUM_MONGODB_URI names no database: write mongodb://HOST:PORT/DATABASE")
    return {"ENGINE": "documents.backend", "NAME": unquote(name), "CLIENT": {"host": uri}}


def cassandra_database(uri: str) -> dict[str, Any]:
    """Describe Cassandra by `cassandra://USER:PASSWORD@HOST,HOST:PORT/KEYSPACE?local_dc=DC&replication=DC:3,DC2:3&…`.

    Options: `local_dc` (data centre), `replication` (a factor, or DC:FACTOR pairs), `consistency` (LOCAL_QUORUM unless
    said), `tls` (true or false), `ca` (path of a CA file), `cert` and `key` (paths of a client certificate).

    Raises: ImproperlyConfigured when the URI names no keyspace or an unknown option.
    """
    parts = urlsplit(uri)
    keyspace = parts.path.strip("/")
    options = dict(parse_qsl(parts.query))
    unknown = set(options) - {"local_dc", "replication", "consistency", "tls", "ca", "cert", "key"}
    if not keyspace or unknown:
        raise ImproperlyConfigured(f"TRIVIUM_CASSANDRA_URI: keyspace {keyspace!r}, unknown options {sorted(unknown)}")
    hosts, port = _hosts_and_port(parts)
    return {
        "ENGINE": "timeseries.backend",
        "NAME": keyspace,
        "HOST": ",".join(hosts),
        "PORT": port,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "OPTIONS": {
            "local_dc": options.get("local_dc", "datacenter1"),
            "replication": parse_replication(options.get("replication", "1")),
            "consistency": options.get("consistency", "LOCAL_QUORUM"),
            "tls": options.get("tls", "false").lower() in TRUE_WORDS,
            "ca": options.get("ca"),
            "cert": options.get("cert"),
            "key": options.get("key"),
        },
    }


def parse_replication(text: str) -> dict[str, str | int]:
    """Read `3` (SimpleStrategy) or `dc1:3,dc2:2` (NetworkTopologyStrategy) as a keyspace's replication map.

    Raises: ImproperlyConfigured for a factor that is no whole number.
    """
    if ":" not in text:
        return {"class": "SimpleStrategy", "replication_factor": int(text)}
    factors = {centre: int(factor) for centre, _, factor in (pair.partition(":") for pair in text.split(","))}
    return {"class": "NetworkTopologyStrategy", **factors}


def _hosts_and_port(parts: SplitResult) -> tuple[list[str], int]:
    netloc = parts.netloc.rpartition("@")[2]
    addresses = [address.partition(":") for address in netloc.split(",")]
    ports = {int(port) for _, _, port in addresses if port} or {9042}
    if len(ports) > 1:
        raise ImproperlyConfigured("TRIVIUM_CASSANDRA_URI: every host must use one port")
    return [host for host, _, _ in addresses], ports.pop()
