"""Whether PostgreSQL answers, and how busy its connections are. Called by `operations.health`."""

from typing import Any

import psycopg
from django.db import connections

from core.errors import StoreUnavailable
from relational.translation import STORE, translated_errors

NOT_LIBPQ = ("pool", "context", "cursor_factory", "prepare_threshold")


def check_health(timeout_s: float) -> str:
    """Return the server's version over a connection of its own, so that a drained pool is no dead server.

    Raises: StoreUnavailable with the reason, after at most about `timeout_s` seconds.
    """
    parameters: dict[str, Any] = connections[STORE].get_connection_params()
    for name in NOT_LIBPQ:
        parameters.pop(name, None)
    parameters["connect_timeout"] = max(1, round(timeout_s))
    try:
        with psycopg.connect(**parameters) as connection:
            number = connection.info.server_version
    except psycopg.Error as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise StoreUnavailable(f"PostgreSQL: {reason}", store=STORE) from error
    return f"{number // 10000}.{number % 10000}"


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
