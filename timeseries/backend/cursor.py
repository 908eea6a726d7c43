"""What Django takes for a connection and a cursor (PEP 249), over the process's session. Called by `base`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

from django_cassandra_engine.base import Database

from core.errors import OutcomeUnknown, StoreTimeout, StoreUnavailable, TriviumError, UnsupportedQuery
from timeseries.session import Row, execute_cql


class Connection:
    """A thread's handle; the session belongs to the process, so there is nothing to end here."""

    def commit(self) -> None:
        """Cassandra has no transactions."""

    def rollback(self) -> None:
        """Cassandra has no transactions."""

    def close(self) -> None:
        """Leave the process's session open."""


class Cursor:
    """Runs one CQL statement at a time; values as `%s`."""

    rowcount = -1
    description = None
    lastrowid = None
    arraysize = 1000

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._at = 0

    def execute(self, cql: str, params: Sequence[Any] | None = None) -> None:
        """Run the statement. Raises: the backend's errors, which Django turns into its own."""
        with database_errors():
            self._rows, self._at = execute_cql(str(cql), params or ()), 0
        self.rowcount = len(self._rows)

    def executemany(self, cql: str, param_list: Sequence[Sequence[Any]]) -> None:
        """Run the statement once per row of values."""
        for params in param_list:
            self.execute(cql, params)

    def fetchone(self) -> Row | None:
        """Return the next row, None after the last."""
        rows = self.fetchmany(1)
        return rows[0] if rows else None

    def fetchmany(self, size: int = arraysize) -> list[Row]:
        """Return the next rows, at most `size`."""
        start, self._at = self._at, self._at + size
        return self._rows[start : self._at]

    def fetchall(self) -> list[Row]:
        """Return the rows that are left."""
        return self.fetchmany(len(self._rows))

    def close(self) -> None:
        """Drop the rows."""
        self._rows = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Row]:
        return iter(self.fetchall())


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn errors of our tree into the backend's, as PEP 249 sorts them."""
    try:
        yield
    except (StoreUnavailable, StoreTimeout, OutcomeUnknown) as error:
        raise Database.OperationalError(error.message) from error
    except UnsupportedQuery as error:
        raise Database.NotSupportedError(error.message) from error
    except TriviumError as error:
        raise Database.ProgrammingError(error.message) from error
