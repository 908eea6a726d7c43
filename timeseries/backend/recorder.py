"""Which migrations were applied, kept in a table of Cassandra's own. Called by Django's migration commands.

Django makes `MigrationRecorder(connection)` in five places and keeps its table by the ORM, so its class itself
gives out ours where the connection is Cassandra's (`install_recorder`).
"""

from typing import Any

from django.db.migrations.recorder import MigrationRecorder

MIGRATIONS_TABLE = "django_migrations"
CREATE_TABLE = (
    f"CREATE TABLE IF NOT EXISTS {MIGRATIONS_TABLE} (app text, name text, applied timestamp, PRIMARY KEY (app, name))"
)


class CassandraRecorder(MigrationRecorder):
    """Django's recorder by CQL; the first record makes the keyspace and the table."""

    _has_table: bool

    def has_table(self) -> bool:
        """Tell whether the table is there; a missing keyspace has none."""
        self._has_table = self._has_table or MIGRATIONS_TABLE in self.connection.introspection.table_names()
        return self._has_table

    def ensure_schema(self) -> None:
        """Make the keyspace with the configured replication, then the table, unless they are there."""
        if self.has_table():
            return
        creation: Any = self.connection.creation
        creation.create_keyspace()
        self._execute(CREATE_TABLE)

    def applied_migrations(self) -> dict[tuple[str, str], Any]:
        """Return the applied migrations by (application, name)."""
        if not self.has_table():
            return {}
        rows = self._execute(f"SELECT app, name, applied FROM {MIGRATIONS_TABLE}")  # noqa: S608 - a constant
        return {(app, name): self.Migration(app=app, name=name, applied=applied) for app, name, applied in rows}

    def record_applied(self, app: str, name: str) -> None:
        """Record a migration."""
        self.ensure_schema()
        insert = f"INSERT INTO {MIGRATIONS_TABLE} (app, name, applied) VALUES (%s, %s, toTimestamp(now()))"  # noqa: S608 - a constant
        self._execute(insert, app, name)

    def record_unapplied(self, app: str, name: str) -> None:
        """Remove a migration's record."""
        self.ensure_schema()
        self._execute(f"DELETE FROM {MIGRATIONS_TABLE} WHERE app = %s AND name = %s", app, name)  # noqa: S608 - a constant

    def flush(self) -> None:
        """Remove every record."""
        self._execute(f"TRUNCATE {MIGRATIONS_TABLE}")

    def _execute(self, cql: str, *values: str) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(cql, values)
            return list(cursor.fetchall())


def install_recorder() -> None:
    """Let `MigrationRecorder(connection)` be a CassandraRecorder where the connection is Cassandra's."""

    def choose(cls: type[MigrationRecorder], connection: Any) -> MigrationRecorder:
        is_ours = cls is MigrationRecorder and connection is not None and connection.vendor == "cassandra"
        return object.__new__(CassandraRecorder if is_ours else cls)

    MigrationRecorder.__new__ = staticmethod(choose)  # type: ignore[assignment] # the one seam that all five places share
