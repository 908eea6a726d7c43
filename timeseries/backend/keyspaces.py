"""Making, finding and dropping keyspaces by CQL. Called by the recorder (first migration) and test databases."""

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from timeseries.session import execute_cql

KEYSPACE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,47}")


def quote_name(name: str) -> str:
    """Return the keyspace's name as CQL writes it, case kept.

    Raises: ImproperlyConfigured for a name that Cassandra would not take.
    """
    if not KEYSPACE_NAME.fullmatch(name):
        raise ImproperlyConfigured(f"no keyspace can be named {name!r}: a letter, then at most 47 letters, digits or _")
    return f'"{name}"'


def create_keyspace(name: str, replication: Mapping[str, Any]) -> None:
    """Make the keyspace unless it is there; one that is there keeps its replication.

    Raises: StoreUnavailable, StoreError when Cassandra refuses the replication.
    """
    factors = ", ".join(f"'{key}': '{value}'" for key, value in replication.items())
    execute_cql(f"CREATE KEYSPACE IF NOT EXISTS {quote_name(name)} WITH replication = {{{factors}}}", in_keyspace=False)


def keyspace_exists(name: str) -> bool:
    """Tell whether the keyspace is there. Raises: StoreUnavailable."""
    query = "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = %s"
    return bool(execute_cql(query, [name], in_keyspace=False))


def drop_keyspace(name: str) -> None:
    """Drop the keyspace with all its tables, if it is there. Raises: StoreUnavailable."""
    execute_cql(f"DROP KEYSPACE IF EXISTS {quote_name(name)}", in_keyspace=False)


def table_names(keyspace: str) -> list[str]:
    """List the keyspace's tables by name; none when there is no such keyspace. Raises: StoreUnavailable."""
    query = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s"
    return sorted(name for (name,) in execute_cql(query, [keyspace], in_keyspace=False))
