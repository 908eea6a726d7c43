"""The application of this room: its `migrate` takes the place of Django's."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """See the room's docstring; it has no models."""

    name = "operations"
