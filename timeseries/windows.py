"""Which events a read means: from, until, in which direction, after which one; and positions in that order. Pure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.errors import InvalidInput
from timeseries.identity import (
    GREGORIAN,
    LAST_TIME,
    MAX_TICKS,
    TICKS_PER_MICROSECOND,
    highest_id,
    id_of,
    lowest_id,
    sort_key,
    time_of,
)
from timeseries.partitions import DAY_S, bucket_of

Position = tuple[int, int]
SECOND_TICKS = 1_000_000 * TICKS_PER_MICROSECOND
NOWHERE: Position = (MAX_TICKS + 1, 0)  # after every event, in either direction
BEFORE_ALL: Position = (-(1 << 62), 0)  # every event, in either direction
GREGORIAN_S = bucket_of(GREGORIAN, 1)


def second_of(event: UUID) -> int:
    """Return the whole second of an event's time, counted since 1970."""
    number = event.int  # quicker than its parts, one by one
    ticks = (number >> 64 & 0xFFF) << 48 | (number >> 80 & 0xFFFF) << 32 | number >> 96
    return ticks // SECOND_TICKS + GREGORIAN_S


@dataclass(frozen=True, slots=True)
class Window:
    """Events of `start` <= time < `end`, newest or oldest first, those after the event `after` in that order.

    A position sorts events in reading order, whichever that is: smaller is read earlier.
    """

    start: datetime | None = None
    end: datetime | None = None
    newest_first: bool = True
    after: UUID | None = None

    def __post_init__(self) -> None:
        for name, value in (("start", self.start), ("end", self.end)):
            if value is not None and value.tzinfo is None:
                raise InvalidInput(f"the {name} has no offset", path=name)
        if self.after is not None and self.after.version != 1:
            raise InvalidInput("'after' is no id of an event", path="after")

    @property
    def ids(self) -> tuple[UUID, UUID]:
        """The bounds of ids, both exclusive (no event's id is a lowest one)."""
        low = lowest_id(self.start or GREGORIAN)
        high = highest_id() if self.end is None or self.end > LAST_TIME else lowest_id(self.end)
        if self.after is not None and self.newest_first:
            high = min(high, self.after, key=sort_key)
        elif self.after is not None:
            low = max(low, self.after, key=sort_key)
        return low, high

    @property
    def ticks(self) -> tuple[int, int]:
        """The times as ids have them, in steps of 100 ns: from the first, before the second."""
        low, high = self.ids
        is_open = self.end is None or self.end > LAST_TIME
        return low.time, high.time + is_open

    @property
    def buckets(self) -> tuple[int, int]:
        """The bounds of bucket starts, both exclusive: no bucket is wider than a day."""
        low, high = self.ids
        return bucket_of(time_of(low), 1) - DAY_S, bucket_of(time_of(high), 1) + 1

    def overlaps(self, bucket: int, width_s: int) -> bool:
        """Tell whether the bucket can hold events of the window."""
        low, high = self.ids
        return bucket <= bucket_of(time_of(high), 1) and bucket + width_s > bucket_of(time_of(low), 1)

    def position(self, event: UUID) -> Position:
        """Return an event's place in reading order."""
        ticks, low = sort_key(event)
        return (-ticks, -low) if self.newest_first else (ticks, low)

    def id_at(self, position: Position) -> UUID:
        """Return an id that `after` takes to go on behind a position; no event's where none stands there."""
        ticks, low = (abs(part) for part in position) if self.newest_first else position
        return id_of((min(max(ticks, 0), MAX_TICKS), max(low, 0)))

    def frontier(self, bucket: int, width_s: int) -> Position:
        """Return a position before every event of the bucket."""
        edge_s = bucket + width_s if self.newest_first else bucket
        ticks = (edge_s - GREGORIAN_S) * SECOND_TICKS
        return (-ticks, 0) if self.newest_first else (ticks, -1)
