"""Deleting events of a range, or a stream with all it has: begun, done partition by partition, finished.

Called by the job `delete_events` (`operations.deletions`), which keeps how far it is. What is written after the
deletion's write time stays; a stream that goes as a whole takes no more events from the beginning on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.errors import InvalidInput, NotFound
from core.principals import Principal
from core.times import now
from timeseries.declarations import NAME_HELD, deletions_of, forget_deletions
from timeseries.deletion_statements import (
    DELETE_BUCKET,
    DELETE_BUCKETS,
    DELETE_COUNTS,
    DELETE_FIELDS,
    DELETE_RULES,
    DELETE_SCHEMAS,
    DELETE_SETTINGS,
    DELETE_STREAM,
    DELETE_USAGE,
    FINISH_DELETION,
    INSERT_DELETION,
    SELECT_GRACE,
    SELECT_SETTINGS_DAYS,
)
from timeseries.directory import forget_stream
from timeseries.fields import key_of
from timeseries.identity import lowest_id, sort_key
from timeseries.lookups import SETTLING
from timeseries.partitions import bucket_end
from timeseries.retention import CLASSES
from timeseries.services import tallies
from timeseries.services.lookup_removal import LookupRemover, delete_lookups
from timeseries.services.removal import Part, Remover, is_empty, remove_part
from timeseries.services.streams import changeable_stream
from timeseries.session import Row, keyspace, read, write, write_time_us
from timeseries.statements import STREAM_BUCKETS_OLDEST
from timeseries.streams import Stream
from timeseries.usage import Usage
from timeseries.windows import Window

LIST_ROWS = 1_000
# Every process knows by then that the stream takes no more, and what it was writing is written.
SETTLING_S = SETTLING.total_seconds()
# No process remembers a bucket as listed that was listed so long before.
FORGOTTEN_US = NAME_HELD // timedelta(microseconds=1)
LATEST_US = 1 << 62
REMOVERS: tuple[Remover, ...] = (LookupRemover(),)


@dataclass(frozen=True, slots=True)
class Step:
    """A partition that is done, and what of it was deleted."""

    bucket: int
    shard: int
    removed: Usage


def window_of(start: datetime | None, end: datetime | None, *, whole: bool) -> Window:
    """Return what a deletion is about. Raises: InvalidInput unless it is a range, or said to be the whole stream."""
    if whole and (start or end):
        raise InvalidInput("a deletion is of a range (from, to) or of the whole stream, not both", path="whole")
    if not whole and not (start or end):
        raise InvalidInput("say from, to or both, or whole: true for the stream itself and all its events", path="from")
    if start and end and start >= end:
        raise InvalidInput("the range is empty: from is not before to", path="to")
    return Window(start, end)


def begin_deletion(
    principal: Principal,
    name: str,
    window: Window,
    *,
    deletion_id: UUID,
    whole: bool,
) -> Stream | None:
    """Note that a deletion runs, and return the stream; None when this very one has already deleted it.

    From then on a stream that goes as a whole takes no more events, in every process after SETTLING_S seconds.

    Raises: NotFound, PermissionRefused, StoreUnavailable, StoreTimeout, OutcomeUnknown.
    """
    try:
        stream = changeable_stream(principal, name)
    except NotFound:
        if any(each.id == deletion_id for each in deletions_of([name], fresh=True)[name]):
            return None
        raise
    write(INSERT_DELETION, (name, deletion_id, *window.ids, whole, principal.user_id, now()))
    forget_deletions(name)
    return stream


def count_parts(stream: Stream, window: Window) -> int:
    """Count the partitions that a deletion goes through. Raises: StoreUnavailable, StoreTimeout."""
    return sum(row[3] for row in listed_buckets(stream, window, None))


def delete_parts(
    stream: Stream,
    window: Window,
    deleted_us: int,
    *,
    after: tuple[int, int] | None = None,
) -> Iterator[Step]:
    """Delete partition by partition, oldest first, those after the bucket and shard `after`.

    What was written after `deleted_us` (microseconds since 1970) stays; done twice, nothing more goes.

    Raises: StoreUnavailable, StoreTimeout, OutcomeUnknown.
    """
    for row in listed_buckets(stream, window, after and after[0]):
        bucket = row[0]
        parts = parts_of(stream, window, row)
        for part in parts:
            if after is None or (bucket, part.shard) > after:
                removed = remove_part(part, deleted_us, REMOVERS)
                tallies.add(key_of(stream), {}, {day: Usage() - usage for day, usage in removed.items()})
                yield Step(bucket, part.shard, sum(removed.values(), Usage()))
        if parts[0].is_whole and all(map(is_empty, parts)):
            write(DELETE_BUCKET, (deleted_us - FORGOTTEN_US, stream.name, bucket))


def delete_stream(stream: Stream) -> None:
    """Delete what is left of a stream without events: what is known of it, at last itself. May be done again.

    Raises: StoreUnavailable, OutcomeUnknown.
    """
    life = key_of(stream)
    delete_lookups(stream.name)
    write(DELETE_BUCKETS, (write_time_us(), stream.name))
    write(DELETE_RULES, (stream.name,))
    for cql in (DELETE_FIELDS, DELETE_SCHEMAS):
        write(cql, (LATEST_US, *life))
    for cql in (DELETE_COUNTS, DELETE_USAGE):
        write(cql, life)
    for (valid_from,) in read(SELECT_SETTINGS_DAYS, (stream.name,)):
        write(DELETE_SETTINGS, (stream.name, valid_from))
    write(DELETE_STREAM, (stream.name, stream.created))
    forget_stream(stream.name)


def finish_deletion(name: str, deletion_id: UUID) -> None:
    """Note that a deletion is done; the name of a stream that went as a whole is free NAME_HELD later.

    Raises: StoreUnavailable, OutcomeUnknown.
    """
    write(FINISH_DELETION, (now(), name, deletion_id))
    forget_deletions(name)


def grace_s(retentions: set[str]) -> int:
    """Return for how many seconds Cassandra keeps note of what was deleted in these classes before it frees space.

    Raises: StoreUnavailable, StoreTimeout.
    """
    tables = [f"events_by_stream_{name}" for name in retentions or set(CLASSES)]
    return max(int(read(SELECT_GRACE, (keyspace(), table))[0][0]) for table in tables)


def listed_buckets(stream: Stream, window: Window, first: int | None) -> Iterator[Row]:
    """Give the listed buckets that overlap the range, oldest first, from the one that starts at `first`.

    Each is its start, class, width in seconds and shards. Raises: StoreUnavailable, StoreTimeout.
    """
    low, high = window.buckets
    if first is not None:
        low = max(low, first - 1)
    while rows := read(STREAM_BUCKETS_OLDEST, (stream.name, low, high, LIST_ROWS)):
        yield from (row for row in rows if window.overlaps(row[0], row[2]))
        low = rows[-1][0]


def parts_of(stream: Stream, window: Window, listed: Row) -> list[Part]:
    """Return what of a listed bucket's partitions, one a shard, lies in the range."""
    bucket, retention, width_s, shards = listed
    low, high = window.ids
    first, last = lowest_id(bucket_end(bucket, 0)), lowest_id(bucket_end(bucket, width_s))
    is_whole = sort_key(low) <= sort_key(first) and sort_key(last) <= sort_key(high)
    return [Part(stream.name, retention, bucket, shard, low, high, is_whole) for shard in range(shards)]
