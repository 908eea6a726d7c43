"""Migration operations for Cassandra. Called by the files in `timeseries/migrations/`."""

from typing import Any, ClassVar

from django.db import router
from django.db.migrations.operations.base import Operation

VENDOR = "cassandra"


class RunCQL(Operation):
    """Run one CQL statement; it must do no harm when run again (IF NOT EXISTS), for Cassandra cannot roll back.

    Runs on Cassandra only, and only where the router lets the application migrate. The nodes agree on the schema
    before the next operation runs. `reverse` undoes it; without one the migration cannot be unapplied.
    """

    atomic = False
    reduces_to_sql = True
    serialization_expand_args: ClassVar[list[str]] = []

    def __init__(self, forward: str, reverse: str | None = None) -> None:
        self.forward = forward
        self.reverse = reverse

    @property
    def reversible(self) -> bool:  # type: ignore[override] # Django reads it as an attribute
        """Tell whether there is a way back."""
        return self.reverse is not None

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing: no Django model stands for a table of Cassandra."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002 - Django's signature
        """Run the statement. Raises: OperationalError, ProgrammingError."""
        self._run(app_label, schema_editor, self.forward)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002 - Django's signature
        """Run the statement's undoing. Raises: OperationalError, ProgrammingError, NotImplementedError."""
        if self.reverse is None:
            raise NotImplementedError(f"{self.describe()} has no way back")
        self._run(app_label, schema_editor, self.reverse)

    def describe(self) -> str:
        """Return the statement's first line, for `migrate --plan`."""
        return f"CQL: {self.forward.strip().splitlines()[0][:100]}"

    def _run(self, app_label: str, schema_editor: Any, cql: str) -> None:
        connection = schema_editor.connection
        if connection.vendor == VENDOR and router.allow_migrate(connection.alias, app_label):
            schema_editor.execute(cql, params=None)
