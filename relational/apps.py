"""The application of this room."""

from django.apps import AppConfig
from django.db.models.signals import pre_migrate


class RelationalConfig(AppConfig):
    """See the room's docstring."""

    name = "relational"

    def ready(self) -> None:
        """See to forks, and to what migrating back would lose."""
        from relational import forks, reversal  # noqa: PLC0415 - django.db is ready only now

        forks.register()
        pre_migrate.connect(reversal.check_plan, sender=self)
