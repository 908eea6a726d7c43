"""The DatabaseWrapper: Django's own life of a connection put back over the engine's, which connects when loaded.

Called by Django for DATABASES entries whose ENGINE is `timeseries.backend`.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django_cassandra_engine import base as engine

from timeseries.backend.client import DatabaseClient
from timeseries.backend.creation import DatabaseCreation
from timeseries.backend.cursor import Connection, Cursor
from timeseries.backend.features import DatabaseFeatures
from timeseries.backend.introspection import DatabaseIntrospection
from timeseries.backend.operations import DatabaseOperations
from timeseries.backend.recorder import install_recorder
from timeseries.backend.schema import DatabaseSchemaEditor

install_recorder()


class DatabaseWrapper(engine.DatabaseWrapper):  # type: ignore[misc] # the engine has no types
    """One thread's handle on the process's session; opening it costs nothing until a statement runs."""

    display_name = "Cassandra"
    Database = engine.Database
    SchemaEditorClass = DatabaseSchemaEditor
    client_class = DatabaseClient
    creation_class = DatabaseCreation
    features_class = DatabaseFeatures
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations

    # The engine replaces these by its own, which connect eagerly and never reconnect.
    connect = BaseDatabaseWrapper.connect
    close = BaseDatabaseWrapper.close
    close_if_unusable_or_obsolete = BaseDatabaseWrapper.close_if_unusable_or_obsolete
    schema_editor = BaseDatabaseWrapper.schema_editor
    _cursor = BaseDatabaseWrapper._cursor  # type: ignore[attr-defined] # noqa: SLF001 - the stubs lack it; the parent's own

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection = None
        self.features = self.features_class(self)
        self.ops = self.ops_class(self)
        self.client = self.client_class(self)
        self.creation = self.creation_class(self)
        self.introspection = self.introspection_class(self)

    def __getattr__(self, attr: str) -> Any:
        """Undo the engine's, which connects when `connection` is looked at."""
        raise AttributeError(attr)

    def get_connection_params(self) -> dict[str, Any]:
        """Return nothing: the session reads the DATABASES entry itself."""
        return {}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:  # noqa: ARG002 - Django's signature
        """Return a handle on the process's session."""
        return Connection()

    def create_cursor(self, name: str | None = None) -> Cursor:  # noqa: ARG002 - Django's signature
        """Return a cursor that runs CQL."""
        return Cursor()

    def is_usable(self) -> bool:
        """Say yes: the driver keeps its own connections alive."""
        return True
