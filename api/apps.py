"""The application of this room."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """See the room's docstring; it has no models."""

    name = "api"
