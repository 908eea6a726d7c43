"""How much of what is appended a process holds at once: bytes in flight, shared fairly. Called by `api.events`.

Who asks while there is no room waits a little, then is told to come again: nothing is queued without bound.
"""

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from typing import Any
from uuid import UUID

from django.conf import settings as django_settings
from rest_framework.exceptions import Throttled

from core.errors import Overloaded

settings: Any = django_settings  # mypy does not see split settings

# What an upload holds at most: the chunk that is read, those that are written, and their rows.
UPLOAD_BYTES = 4 * 1024 * 1024


class Admission:
    """Bytes in flight, by principal: one takes at most half of all, and somebody always gets in."""

    def __init__(self) -> None:
        self._held: Counter[UUID] = Counter()
        self._freed = Condition()

    @contextmanager
    def admitted(self, who: UUID, length: int | None) -> Iterator[None]:
        """Hold room for a body of `length` bytes (None: unknown) while the block runs.

        Raises: Throttled when the principal itself has too much in flight, Overloaded when all have.
        """
        size = UPLOAD_BYTES if length is None else min(length, UPLOAD_BYTES)
        with self._freed:
            if not self._freed.wait_for(lambda: self._has_room(who, size), settings.INGEST_WAIT_S):
                self._refuse(who, size)
            self._held[who] += size
        try:
            yield
        finally:
            with self._freed:
                self._held[who] -= size
                self._held += Counter()  # forgets who holds nothing
                self._freed.notify_all()

    def _has_room(self, who: UUID, size: int) -> bool:
        total, own = self._held.total(), self._held[who]
        most = settings.INGEST_IN_FLIGHT_BYTES
        return (total == 0 or total + size <= most) and self._is_fair(own, size)

    def _is_fair(self, own: int, size: int) -> bool:
        return own == 0 or own + size <= settings.INGEST_IN_FLIGHT_BYTES // 2

    def _refuse(self, who: UUID, size: int) -> None:
        if not self._is_fair(self._held[who], size):
            raise Throttled(math.ceil(settings.INGEST_WAIT_S), "you are appending as much as one may at once")
        raise Overloaded("this process is appending as much as it can hold: send it again later")


ADMISSION = Admission()
