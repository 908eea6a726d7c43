"""Which partition an event belongs to: bucket widths, shards and lanes from the expected rate. Pure.

A partition should hold 25,000 to 50,000 rows at the stream's peak: fewer and a read opens many, more and a node
carries them as one piece. What is chosen is stored with the settings, so that a better rule harms no stored event.
Called by services and selectors.
"""

import hashlib
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Protocol, TypeVar
from uuid import UUID

from core.errors import InvalidInput
from core.times import EPOCH

DAY_S, HOUR_S, MINUTE_S = 86_400, 3_600, 60
WIDTHS_S = (MINUTE_S, HOUR_S, DAY_S)
MIN_ROWS, MAX_ROWS = 25_000, 50_000
MAX_PEAK_RATE = 1_000_000.0
MAX_ACTOR_RATE = MAX_ROWS / MINUTE_S
BEGINNING = date.min
SETTLING = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Layout:
    """Buckets of `width_s` seconds, each in `shards` partitions."""

    width_s: int
    shards: int


class Dated(Protocol):
    """Settings that hold from a UTC day on."""

    @property
    def valid_from(self) -> date:
        """The first UTC day."""


Version = TypeVar("Version", bound=Dated)


def choose_layout(peak_rate: float) -> Layout:
    """Choose the layout for an expected peak of events per second.

    The narrowest bucket that a peak fills with 25k rows (else a day), in as few shards as keep to 50k rows.

    Raises: InvalidInput for a rate that is not above 0 and at most MAX_PEAK_RATE.
    """
    _check_rate(peak_rate, MAX_PEAK_RATE)
    width_s = _width_for(peak_rate)
    return Layout(width_s, max(1, math.ceil(peak_rate * width_s / MAX_ROWS)))


def choose_actor_layout(peak_rate: float) -> Layout:
    """Choose the layout for one hot actor's own lane: no shards, so that its events stay in order.

    Raises: InvalidInput above MAX_ACTOR_RATE, which fills the narrowest bucket.
    """
    _check_rate(peak_rate, MAX_ACTOR_RATE)
    return Layout(next((width for width in reversed(WIDTHS_S) if peak_rate * width <= MAX_ROWS), MINUTE_S), 0)


def choose_actor_groups(peak_rate: float) -> Layout:
    """Choose how many lanes ordinary actors of a class share, a day wide each, for the rate of all of them.

    Raises: InvalidInput above what 32,767 lanes take.
    """
    _check_rate(peak_rate, MAX_ROWS * 32_767 / DAY_S)
    return Layout(DAY_S, max(1, math.ceil(peak_rate * DAY_S / MAX_ROWS)))


def bucket_of(when: datetime, width_s: int) -> int:
    """Return the start of the time's bucket, in seconds since 1970 (negative before)."""
    return (when - EPOCH) // SECOND // width_s * width_s


def bucket_end(bucket: int, width_s: int) -> datetime:
    """Return the moment at which the bucket ends. Raises: OverflowError beyond the year 9999."""
    return EPOCH + timedelta(seconds=bucket + width_s)


def shard_of(event: UUID, shards: int) -> int:
    """Return the event's shard: the hash in its node, modulo."""
    return (event.int & 0xFF_FFFF_FFFF) % shards


@lru_cache(10_000)  # actors come again and again
def lane_of(actor: str, groups: int) -> str:
    """Return the lane an actor's events share with other actors of a class; with no groups, its own.

    Several actors to a partition keep a batch of events full; a hot actor leaves them for a lane of its own.
    """
    if groups == 0:
        return f"actor:{actor}"
    digest = hashlib.sha256(actor.encode()).digest()
    return f"{int.from_bytes(digest[:8], 'big') % groups}/{groups}"


def version_at(versions: Sequence[Version], when: datetime) -> Version:
    """Return the settings valid at that time; `versions` sorted by `valid_from`, the first valid from BEGINNING."""
    if len(versions) == 1:
        return versions[0]
    at = bisect_right(versions, when.astimezone(UTC).date(), key=lambda version: version.valid_from)
    return versions[at - 1]


def first_day(now: datetime) -> date:
    """Return the first UTC day from which new settings may hold: late enough that every process knows them."""
    return (now + SETTLING).astimezone(UTC).date() + timedelta(days=1)


def check_valid_from(valid_from: date, now: datetime) -> None:
    """Refuse settings that would start today or before, or so soon that other processes still use the old ones.

    Raises: InvalidInput naming the first possible day.
    """
    first = first_day(now)
    if valid_from < first:
        raise InvalidInput(f"new settings start on a UTC day to come: {first} at the earliest", path="valid_from")


def _width_for(peak_rate: float) -> int:
    return next((width for width in WIDTHS_S if peak_rate * width >= MIN_ROWS), DAY_S)


def _check_rate(peak_rate: float, at_most: float) -> None:
    if not 0 < peak_rate <= at_most:
        raise InvalidInput(f"the peak rate must be above 0 and at most {at_most:g} events a second", path="peak_rate")
