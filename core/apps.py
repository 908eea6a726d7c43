"""The application whose start registers the store routes' system checks and shapes the log's events."""

from django.apps import AppConfig

from core.logs import configure_events


class CoreConfig(AppConfig):
    """Floor of the house; imports `routers` so that its checks run with every `manage.py check`."""

    name = "core"

    def ready(self) -> None:
        """Register the checks of `routers`, configure structlog."""
        configure_events()
        import routers  # noqa: F401, PLC0415 - registering checks is a side effect of the import, after the apps are loaded
