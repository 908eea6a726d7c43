"""What tables and indexes there are, read from MongoDB. Called by Django's migrations and flush."""

from typing import Any

from django.db.backends.base.introspection import TableInfo
from django.db.models import Index
from djongo.introspection import DatabaseIntrospection as DjongoIntrospection

from documents.backend.refusals import refused
from documents.backend.sequences import SCHEMA_COLLECTION


class DatabaseIntrospection(DjongoIntrospection):  # type: ignore[misc] # djongo has no types
    """djongo's introspection without sampling of documents."""

    def get_table_list(self, cursor: Any) -> list[TableInfo]:  # noqa: ARG002 - Django's signature
        """List the collections, but djongo's own and the server's."""
        with self.connection.driver_errors():
            names = self.connection.database.list_collection_names()
        return [TableInfo(name, "t") for name in names if name != SCHEMA_COLLECTION and not name.startswith("system.")]

    def get_table_description(self, cursor: Any, table_name: str) -> Any:  # noqa: ARG002 - Django's signature
        """Refuse: a collection has no columns to describe.

        Raises: NotSupportedError, always.
        """
        raise refused(f"a description of the columns of {table_name!r} (inspectdb)", "write the model by hand")

    def get_constraints(self, cursor: Any, table_name: str) -> dict[str, dict[str, Any]]:  # noqa: ARG002 - Django's
        """Describe the indexes: columns, order, uniqueness."""
        with self.connection.driver_errors():
            indexes = self.connection.database[table_name].index_information()
        return {name: _described(name, index) for name, index in indexes.items() if name != "_id_"}

    def get_sequences(self, cursor: Any, table_name: str, table_fields: Any = ()) -> list[dict[str, Any]]:  # noqa: ARG002 - Django's
        """Name the column whose ids are counted, if there is one."""
        return [{"table": table_name, "column": field.column} for field in table_fields if field.primary_key]


def _described(name: str, index: dict[str, Any]) -> dict[str, Any]:
    return {
        "columns": [column for column, _ in index["key"]],
        "orders": ["ASC" if direction == 1 else "DESC" for _, direction in index["key"]],
        "primary_key": name == "__primary_key__",
        "unique": bool(index.get("unique", False)),
        "index": True,
        "foreign_key": None,
        "check": False,
        "type": Index.suffix,
        "definition": None,
    }
