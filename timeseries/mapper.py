"""cqlengine over this process's session: same connection, our errors, no hidden ALLOW FILTERING or LIMIT.

cqlengine keeps a registry of connections of its own, which connect by themselves and do not survive a fork; here
one is put in that asks `session` each time. Called by `models`.
"""

from typing import Any, NoReturn, TypeVar

import django_cassandra_engine.apps  # noqa: F401 - makes cqlengine's columns answer as Django's fields do
from cassandra.cqlengine import connection as registry
from cassandra.cqlengine.query import QueryException
from django_cassandra_engine.models import DjangoCassandraModel, DjangoCassandraQuerySet

from core.errors import UnsupportedQuery
from timeseries.failures import STORE
from timeseries.session import driver_session, keyspace, translated

UNLIMITED = 0
Table = TypeVar("Table", bound="TableModel")


class TranslatingSession:
    """The driver's session with errors of our tree."""

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """Run a query of cqlengine's."""
        is_reading = str(getattr(query, "query_string", query)).startswith("SELECT")
        with translated(writing=not is_reading):
            return driver_session().execute(query, *args, **kwargs)


class ProcessConnection(registry.Connection):  # type: ignore[misc] # the driver has no types
    """cqlengine's connection that opens nothing itself."""

    @property
    def session(self) -> TranslatingSession:
        """What cqlengine runs queries on."""
        return TranslatingSession()

    @property
    def cluster(self) -> Any:
        """Where cqlengine looks up the protocol's version."""
        return driver_session().cluster


def register_connection() -> None:
    """Let cqlengine models with `__connection__ = "timeseries"` use the process's session."""
    registry._connections[STORE] = ProcessConnection(STORE, hosts=None)  # noqa: SLF001 - its public way connects at once


class BoundedQuerySet(DjangoCassandraQuerySet):  # type: ignore[misc] # the engine has no types
    """The engine's, as plain as it reads: all rows unless `limit` is asked for, filtering only by `allow_filtering`."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self._allow_filtering = False
        self._limit = UNLIMITED

    def order_by(self, *names: Any) -> Any:
        """Order by clustering columns, which is Cassandra's only order. Raises: UnsupportedQuery."""
        if not names:
            return super().order_by()
        try:
            conditions = ['"{}" {}'.format(*self._get_ordering_condition(name)) for name in names]
        except QueryException as error:
            _refuse(error)
        ordered = self._clone()
        ordered._order.extend(conditions)  # noqa: SLF001 - our own class
        return ordered

    def exclude(self, *_args: Any, **_conditions: Any) -> NoReturn:
        """Refuse: the engine reads every row and compares in Python. Raises: UnsupportedQuery."""
        raise UnsupportedQuery("Cassandra cannot exclude: filter by what is wanted")

    def _validate_select_where(self) -> None:
        try:
            super()._validate_select_where()
        except QueryException as error:
            _refuse(error)


class TableModel(DjangoCassandraModel):  # type: ignore[misc] # the engine has no types
    """Base of cqlengine models: in the keyspace in use, over the process's session."""

    __abstract__ = True
    __connection__ = STORE
    __queryset__ = BoundedQuerySet

    @classmethod
    def _get_keyspace(cls) -> str:
        return keyspace()


def beside_migrations(model: type[Table]) -> type[Table]:
    """Keep a cqlengine model out of what Django does for its own: migrations, serialization, permissions.

    The registry skips models that were made automatically, which is how migrations would find it and invent a table.
    """
    model._meta.auto_created = True
    return model


def _refuse(error: Exception) -> NoReturn:
    raise UnsupportedQuery(f"Cassandra cannot answer this: {error}; name the whole partition key") from error


register_connection()
