"""The application of this room: its `migrate` and `showmigrations` take the place of Django's."""

from django.apps import AppConfig
from django.db.migrations import executor


class OperationsConfig(AppConfig):
    """See the room's docstring; it has no models."""

    name = "operations"

    def ready(self) -> None:
        """Let every command of Django's that asks for pending migrations ask per store."""
        from operations.executor import StoreExecutor  # noqa: PLC0415 - it subclasses what is replaced here

        vars(executor)["MigrationExecutor"] = StoreExecutor
