"""The application of this room."""

from django.apps import AppConfig


class TimeseriesConfig(AppConfig):
    """See the room's docstring."""

    name = "timeseries"
