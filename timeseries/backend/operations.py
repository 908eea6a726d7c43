"""How statements are written and tables emptied. Called by Django's `flush` and by its ORM, which is refused."""

from collections.abc import Sequence
from typing import Any, NoReturn

from django.db import NotSupportedError
from django_cassandra_engine.base import CassandraDatabaseOperations

from timeseries.memory import forget_everything


class DatabaseOperations(CassandraDatabaseOperations):  # type: ignore[misc] # the engine has no types
    """The engine's, with a `flush` that Django 5 can call, and no compiler of SQL."""

    def quote_name(self, name: str) -> str:
        """Quote an identifier, case kept."""
        return name if name.startswith('"') else '"{}"'.format(name.replace('"', '""'))

    def compiler(self, compiler_name: str) -> NoReturn:
        """Refuse the ORM before anything is sent.

        Raises: NotSupportedError.
        """
        raise NotSupportedError(
            f"{compiler_name}: Cassandra's tables are no Django models; "
            "read by timeseries.selectors, write by timeseries.services",
        )

    def sql_flush(
        self,
        style: Any,  # noqa: ARG002 - Django's signature
        tables: Sequence[str],
        *,
        reset_sequences: bool = False,  # noqa: ARG002
        allow_cascade: bool = False,  # noqa: ARG002
    ) -> list[str]:
        """Return one TRUNCATE per table."""
        return [f"TRUNCATE {self.quote_name(table)}" for table in tables]

    def execute_sql_flush(self, sql_list: Sequence[str]) -> None:
        """Run them one by one; Cassandra has no transaction to put around them."""
        with self.connection.cursor() as cursor:
            for cql in sql_list:
                cursor.execute(cql)
        forget_everything()
