"""The application of this room."""

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

import native


class TimeseriesConfig(AppConfig):
    """See the room's docstring."""

    name = "timeseries"

    def ready(self) -> None:
        """Choose between the compiled and the portable way."""
        try:
            native.choose(settings.NATIVE)  # type: ignore[misc]  # mypy does not see split settings
        except (native.NotBuilt, ValueError) as error:
            raise ImproperlyConfigured(str(error)) from error
