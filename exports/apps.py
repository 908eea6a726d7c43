"""The application of this room."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    """See the room's docstring; no models, only commands."""

    name = "exports"
