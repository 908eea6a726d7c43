"""The application whose start registers the system checks of the links."""

from django.apps import AppConfig


class QueryConfig(AppConfig):
    """See the room's docstring; it has no models."""

    name = "query"

    def ready(self) -> None:
        """Register the checks of `query.checks`."""
        import query.checks  # noqa: F401, PLC0415 - registering checks is a side effect of the import, after the apps are loaded
