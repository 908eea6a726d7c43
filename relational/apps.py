"""The application of this room."""

from django.apps import AppConfig


class RelationalConfig(AppConfig):
    """See the room's docstring."""

    name = "relational"

    def ready(self) -> None:
        """See to forks."""
        from relational import forks  # noqa: PLC0415 - django.db is ready only now

        forks.register()
