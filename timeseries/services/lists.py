"""The lists of buckets that hold events: which of their rows a chunk needs. Called by `writing`."""

from collections import defaultdict
from collections.abc import Hashable, Iterator

from timeseries.memory import Memory
from timeseries.placement import ActorListRow, StreamListRow, list_actor_bucket, list_stream_bucket
from timeseries.services.beside import Write
from timeseries.services.chunks import Chunk
from timeseries.services.rows import Rows
from timeseries.session import Request, keyspace

# A bucket is listed again after this time, so that a lost list (TRUNCATE, restore) heals while events still arrive.
LISTED_AGE_S = 600.0
# Each actor has a list, a partition of its own: these small rows go some at a time. Cassandra warns of more than ten.
PARTITIONS_AT_ONCE = 10
LISTED = Memory[bool](max_entries=200_000, max_age_s=LISTED_AGE_S)


def list_writes(chunk: Chunk) -> Iterator[Write]:
    """Give the rows that name the chunk's buckets, but for those that this process has written lately."""
    yield from _of_placements(chunk)
    space = keyspace()
    for bucket, places in _streams_rows(chunk).items():
        if not LISTED.recall((space, bucket)):
            yield _write(list_stream_bucket(bucket, chunk.moment), bucket, places)
    rows = chunk.actor_rows()
    unlisted = ((row, places) for row, places in _actors_rows(rows) if not LISTED.recall((space, row)))
    for number, (row, places) in enumerate(unlisted):
        yield _write(list_actor_bucket(row, chunk.moment), row, places, partition=number // PARTITIONS_AT_ONCE)


def _of_placements(chunk: Chunk) -> Iterator[Write]:
    needed: dict[Hashable, list[int]] = defaultdict(list)
    requests: dict[Hashable, Request] = {}
    for place, placement in chunk.placements.items():
        if place not in chunk.dropped:
            for row, request in placement.list_rows.items():
                requests[row] = request
                needed[row].append(place)
    for row, request in requests.items():
        yield _write(request, row, needed[row])


def _streams_rows(chunk: Chunk) -> dict[StreamListRow, list[int]]:
    found: dict[StreamListRow, list[int]] = defaultdict(list)
    for batch in chunk.stream_rows():
        settings = chunk.stream.settings[batch.version]
        layout = settings.layout
        found[chunk.stream.name, batch.bucket, settings.retention, layout.width_s, layout.shards] += batch.places
    return found


def _actors_rows(rows: Rows | None) -> Iterator[tuple[ActorListRow, list[int]]]:
    for each in rows.actors() if rows else ():
        yield (each.actor, each.bucket, each.retention, each.lane, each.width_s), each.places


def _write(request: Request, row: Hashable, places: list[int], *, partition: int | None = None) -> Write:
    return Write(request.values[0] if partition is None else partition, request, places, memory=LISTED, remembered=row)
