"""The bounds of this process, from settings."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts of connections, bytes that wait for one, and seconds between what is done again and again."""

    max_listeners: int
    max_listeners_per_caller: int
    buffer_bytes: int
    poll_s: float
    look_back_s: float
    heartbeat_s: float

    @property
    def look_back(self) -> timedelta:
        """How much later than its time an event may arrive and still be told."""
        return timedelta(seconds=self.look_back_s)


LIMITS = Limits(**settings.LIVE)  # type: ignore[misc]  # mypy does not see split settings
