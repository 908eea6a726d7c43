"""The application of this room."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """See the room's docstring."""

    name = "documents"
