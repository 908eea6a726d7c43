"""Which tables the keyspace has. Called by `flush`, `migrate --run-syncdb` and the recorder."""

from typing import Any

from django_cassandra_engine.base import CassandraDatabaseIntrospection

from timeseries.backend.cursor import database_errors
from timeseries.backend.keyspaces import table_names
from timeseries.backend.recorder import MIGRATIONS_TABLE


class DatabaseIntrospection(CassandraDatabaseIntrospection):  # type: ignore[misc] # the engine has no types
    """Tables as they are, not as cqlengine models would have them."""

    def table_names(self, cursor: Any = None, include_views: bool = False) -> list[str]:  # noqa: ARG002, FBT001, FBT002 - Django's signature
        """List the tables of the keyspace; none when it is not there yet. Raises: OperationalError."""
        with self.connection.wrap_database_errors, database_errors():
            return table_names(self.connection.settings_dict["NAME"])

    def django_table_names(self, only_existing: bool = False, include_views: bool = True) -> list[str]:  # noqa: ARG002, FBT001, FBT002 - Django's signature
        """List the tables that `flush` empties: all but the record of migrations."""
        return [name for name in self.table_names() if name != MIGRATIONS_TABLE]
