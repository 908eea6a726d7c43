"""Test keyspaces: made empty, then filled by the migrations as any other database. Called by Django's test runner."""

import sys

from django.db.backends.base.creation import BaseDatabaseCreation
from django_cassandra_engine.base import CassandraDatabaseCreation

from timeseries.backend.cursor import database_errors
from timeseries.backend.keyspaces import create_keyspace, drop_keyspace, keyspace_exists


class DatabaseCreation(CassandraDatabaseCreation):  # type: ignore[misc] # the engine has no types
    """Django's way, not the engine's, which makes tables of cqlengine models and consumes the replication settings."""

    create_test_db = BaseDatabaseCreation.create_test_db

    def create_keyspace(self, name: str | None = None) -> None:
        """Make the keyspace with the configured replication unless it is there. Raises: OperationalError."""
        settings = self.connection.settings_dict
        with self.connection.wrap_database_errors, database_errors():
            create_keyspace(name or settings["NAME"], settings["OPTIONS"]["replication"])

    def _create_test_db(self, verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:  # noqa: ARG002, FBT001, FBT002 - Django's signature
        name: str = self._get_test_db_name()
        if not keepdb and keyspace_exists(name):
            if not autoclobber and input(f"Type 'yes' to drop the test keyspace '{name}': ") != "yes":
                sys.exit("Tests cancelled.")
            drop_keyspace(name)
        self.create_keyspace(name)
        return name

    def _destroy_test_db(self, test_database_name: str, verbosity: int = 1) -> None:  # noqa: ARG002 - Django's signature
        drop_keyspace(test_database_name)
