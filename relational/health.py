"""Whether PostgreSQL answers and is migrated, and how busy its connections are. Called by `operations.health`."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from psycopg import errors

from core.errors import StoreUnavailable
from relational.connections import BoundedConnection, bounded_waits
from relational.translation import MIGRATE, STORE, translated_errors
from routers import store_of

NOT_LIBPQ = ("pool", "context", "cursor_factory", "prepare_threshold")
APPLIED = "SELECT app, name FROM django_migrations"


def check_server(timeout_s: float) -> str:
    """Return the server's version over a connection of its own, so that a drained pool is no dead server.

    Raises: StoreUnavailable with the reason, after at most about `timeout_s` seconds.
    """
    with _connected(timeout_s) as connection:
        return _version(connection)


def check_health(timeout_s: float) -> str:
    """Return the server's version, as `check_server` does, where every migration of this code is applied.

    Raises: StoreUnavailable with the reason, also when one is not.
    """
    with _connected(timeout_s) as connection:
        missing = sorted(_needed_migrations() - _applied_migrations(connection))
        if missing:
            first = ".".join(missing[0])
            raise StoreUnavailable(f"{len(missing)} migrations are not applied, {first} first: {MIGRATE}", store=STORE)
        return _version(connection)


@contextmanager
def _connected(timeout_s: float) -> Iterator[psycopg.Connection[Any]]:
    parameters: dict[str, Any] = connections[STORE].get_connection_params()
    for name in NOT_LIBPQ:
        parameters.pop(name, None)
    parameters["connect_timeout"] = max(1, round(timeout_s))
    try:
        with bounded_waits(timeout_s), BoundedConnection.connect(**parameters, autocommit=True) as connection:
            yield connection
    except psycopg.Error as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise StoreUnavailable(f"PostgreSQL: {reason}", store=STORE) from error


def _version(connection: psycopg.Connection[Any]) -> str:
    number = connection.info.server_version
    return f"{number // 10000}.{number % 10000}"


@cache
def _needed_migrations() -> frozenset[tuple[str, str]]:
    on_disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return frozenset(key for key in on_disk if store_of(key[0]) == STORE)


def _applied_migrations(connection: psycopg.Connection[Any]) -> set[tuple[str, str]]:
    try:
        return {(app, name) for app, name in connection.execute(APPLIED)}
    except errors.UndefinedTable:
        return set()


def open_pool() -> None:
    """Open this process's pool, so that its first request finds a connection.

    Raises: StoreUnavailable.
    """
    with translated_errors():
        connections[STORE].ensure_connection()
        connections[STORE].close()


def connections_in_use() -> int:
    """Count the connections of this process's pool that somebody holds."""
    pool = getattr(connections[STORE], "pool", None)
    if pool is None or pool.closed:
        return 0
    numbers = pool.get_stats()
    return int(numbers["pool_size"] - numbers["pool_available"])
