"""Retention classes as data, and when an event of each expires. Pure; called by services and selectors.

Each class has its own pair of tables, because the time to live and the compaction window belong to a table: one
long-lived row would keep a whole file of short-lived ones. A new class is a row here and a migration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from core.errors import InvalidInput
from core.times import EPOCH

# Cassandra holds no longer time to live, and until its storage mode is NONE no later expiry (32-bit seconds).
MAX_TTL_S = 20 * 365 * 86_400
LAST_EXPIRY = datetime(2038, 1, 19, 3, 14, 6, tzinfo=UTC)
NEVER_S = 0
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """How long events stay (`days`, None for ever), and into how many lanes ordinary actors of the class are hashed.

    `actor_groups` suits 25k-50k rows a lane and day at a peak of 18-37 events a second that name an actor. It is
    history once events are stored: what a class has outgrown is changed from a day on (`add_actor_settings`).
    """

    name: str
    days: int | None
    actor_groups: int = 64

    def expiry_of(self, when: datetime) -> datetime | None:
        """Return when an event of that time expires, None for never.

        Raises: OverflowError beyond the year 9999.
        """
        return None if self.days is None else when + timedelta(days=self.days)


CLASSES: Mapping[str, RetentionClass] = MappingProxyType(
    {
        each.name: each
        for each in (
            RetentionClass("days7", 7),
            RetentionClass("days90", 90),
            RetentionClass("days400", 400),
            RetentionClass("forever", None),
        )
    },
)


def retention_class(name: str) -> RetentionClass:
    """Return the class of that name. Raises: InvalidInput naming those there are."""
    if name not in CLASSES:
        raise InvalidInput(f"no retention class {name[:40]!r}; there are {', '.join(CLASSES)}", path="retention")
    return CLASSES[name]


def ttl_s(expiry: datetime | None, now: datetime) -> int:
    """Count the seconds until an expiry; 0 for never, as Cassandra writes it.

    Cassandra adds them to its present whole second, so they are counted from the whole second of `now` to the expiry's
    next one: sent at whatever moment, an event expires at the same second.

    Raises: InvalidInput when it has passed, or lies beyond what Cassandra can hold.
    """
    if expiry is None:
        return NEVER_S
    if expiry <= now:
        raise InvalidInput(f"expired already, on {expiry:%Y-%m-%d}: the stream's retention is over", path="time")
    left_s = _whole_seconds_up(expiry) - (now - EPOCH) // SECOND
    if left_s > MAX_TTL_S or expiry > LAST_EXPIRY:
        raise InvalidInput(
            f"would expire on {expiry:%Y-%m-%d}; Cassandra holds an expiry until {LAST_EXPIRY:%Y-%m-%d} "
            f"and {MAX_TTL_S} s ahead: use the class 'forever'",
            path="time",
        )
    return left_s


def _whole_seconds_up(moment: datetime) -> int:
    return -((EPOCH - moment) // SECOND)
