"""SQL that runs with every request: prepared, bound by the server, its rows read in binary.

Called by this room's selectors and services for fixed SQL. They run on Django's connection, hence in its transaction,
and Django logs them as its own; but it does not compose them anew each time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from psycopg.pq import Format

from relational.translation import STORE


def fetch_rows(sql: str, parameters: Mapping[str, Any] | Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows; times come in UTC, jsonb as what it holds.

    Raises: Django's errors, for `translated_errors` to turn into ours.
    """
    with _prepared_cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def run_statement(sql: str, parameters: Mapping[str, Any] | Sequence[Any]) -> int:
    """Run a statement that returns no rows; return how many rows it wrote.

    Raises: as `fetch_rows`.
    """
    with _prepared_cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def _prepared_cursor() -> CursorWrapper:
    connection = connections[STORE]
    connection.ensure_connection()
    prepared = psycopg.Cursor(connection.connection)
    prepared.format = Format.BINARY
    wrapper = CursorDebugWrapper if connection.queries_logged else CursorWrapper
    return wrapper(prepared, connection)
