"""What a process remembers of Cassandra for a bounded time: streams, actors' settings, buckets that are listed.

Nothing here is relied on to be current: each use says how old it may be. Forgotten whole when full, on `flush`, and
when the keyspace changes. No locks, so that a fork cannot inherit a held one. Called by `directory` and services.
"""

import time
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar
from weakref import WeakSet

Value = TypeVar("Value")


class Forgetful(Protocol):
    """Something that remembers, and can be told to forget."""

    def forget_all(self) -> None:
        """Forget everything."""


_memories: WeakSet[Forgetful] = WeakSet()


def forgets(memory: Forgetful) -> None:
    """Let `forget_everything` empty this, too."""
    _memories.add(memory)


class Memory(Generic[Value]):
    """At most `max_entries` values, each for at most `max_age_s` seconds."""

    def __init__(self, *, max_entries: int, max_age_s: float) -> None:
        self.max_entries = max_entries
        self.max_age_s = max_age_s
        self._entries: dict[Hashable, tuple[float, Value]] = {}
        forgets(self)

    def recall(self, key: Hashable) -> Value | None:
        """Return what was kept under the key, None when nothing or too long ago."""
        entry = self._entries.get(key)
        if entry is None or time.monotonic() - entry[0] > self.max_age_s:
            return None
        return entry[1]

    def keep(self, key: Hashable, value: Value) -> None:
        """Keep the value from now on."""
        if len(self._entries) >= self.max_entries:
            self._entries.clear()
        self._entries[key] = (time.monotonic(), value)

    def forget(self, key: Hashable) -> None:
        """Forget the key's value."""
        self._entries.pop(key, None)

    def forget_all(self) -> None:
        """Forget every value."""
        self._entries.clear()


def forget_everything() -> None:
    """Empty every memory of this process."""
    for memory in list(_memories):
        memory.forget_all()
