"""The application of this room: its command, and the check that every kind of job has its handler."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """See the room's docstring."""

    name = "jobs"

    def ready(self) -> None:
        """Register the check."""
        from jobs import kinds  # noqa: F401, PLC0415 - importing it registers; models are ready only now
