"""The application of this room."""

from django.apps import AppConfig


class RelationalConfig(AppConfig):
    """See the room's docstring."""

    name = "relational"
