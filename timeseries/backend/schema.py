"""The schema editor: runs CQL of migrations, refuses operations on models. Called by Django's migrations."""

from typing import Any, NoReturn

from django.db import NotSupportedError
from django_cassandra_engine.base import CassandraDatabaseSchemaEditor


class DatabaseSchemaEditor(CassandraDatabaseSchemaEditor):  # type: ignore[misc] # the engine has no types
    """`execute` runs (or collects, for `sqlmigrate`) one CQL statement."""

    def quote_value(self, value: Any) -> str:
        """Write a text as CQL, for `sqlmigrate`."""
        return "'{}'".format(str(value).replace("'", "''"))

    def create_model(self, model: Any) -> NoReturn:
        """Refuse: a table's partition key cannot be told from a Django model.

        Raises: NotSupportedError.
        """
        raise NotSupportedError(f"{model.__name__}: tables of Cassandra are made by timeseries.operations.RunCQL")

    delete_model = create_model
