"""Where one event's rows go: its partitions in both tables, its time to live, and the list rows that name them.

Pure but for the settings handed in; called by services and selectors.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from timeseries.directory import ActorVersions, actor_layout
from timeseries.events import NewEvent
from timeseries.partitions import Layout, bucket_end, bucket_of, lane_of, shard_of, version_at
from timeseries.retention import RetentionClass, retention_class, ttl_s
from timeseries.session import Request
from timeseries.statements import INSERT_ACTOR_BUCKET, INSERT_STREAM_BUCKET, STATEMENTS
from timeseries.streams import Stream

StreamKey = tuple[str, int, int]
"""Stream, bucket, shard."""
StreamListRow = tuple[str, int, str, int, int]
"""Stream, bucket, class, width, shards."""
ActorListRow = tuple[str, int, str, str, int]
"""Actor, bucket, class, lane, width."""


@dataclass(frozen=True, slots=True)
class Placement:
    """One event with its id, its time to live in seconds, and its partitions: table's class and key."""

    event: NewEvent
    id: UUID
    stream: str
    retention: str
    ttl_s: int
    layout: Layout
    stream_key: StreamKey
    actor_key: tuple[str, int, str] | None
    list_rows: Mapping[Hashable, Request]

    @property
    def row(self) -> tuple[Any, ...]:
        """The columns of the stream's table after its key."""
        event = self.event
        return (self.id, event.actor, event.kind, event.level, event.payload_json, event.client_id)

    def insert_by_stream(self, written_us: int) -> Request:
        """Return the write of the stream's row, as of that write time."""
        values = (*self.stream_key, *self.row, self.ttl_s, written_us)
        return Request(STATEMENTS[self.retention].insert_by_stream, values)

    def insert_by_actor(self, written_us: int) -> Request:
        """Return the write of the actor's row, as of that write time; only for an event that names an actor."""
        event = self.event
        values = (self.id, self.stream, event.kind, event.level, event.payload_json, event.client_id)
        return Request(
            STATEMENTS[self.retention].insert_by_actor, (*(self.actor_key or ()), *values, self.ttl_s, written_us)
        )


def place_event(stream: Stream, event: NewEvent, actors: Mapping[str, ActorVersions], now: datetime) -> Placement:
    """Find an event's place under the settings valid at its time; `actors` per retention class.

    Raises: InvalidInput for a time whose retention is over, or beyond what Cassandra or the id holds.
    """
    layout = version_at(stream.settings, event.time).layout
    identity = event.id_in(stream.name)
    name, key = stream_partition(stream, identity, event.time)
    retention = retention_class(name)
    listed = list_stream_bucket((*key[:2], name, layout.width_s, layout.shards), now)
    list_rows: dict[Hashable, Request] = {tuple(listed.values[:-1]): listed}
    actor_key = None
    if event.actor:
        actor_key, actor_row, _ = place_actor(retention, event.actor, event.time, actors[retention.name])
        list_rows[actor_row] = list_actor_bucket(actor_row, now)
    return Placement(
        event=event,
        id=identity,
        stream=stream.name,
        retention=retention.name,
        ttl_s=ttl_s(retention.expiry_of(event.time), now),
        layout=layout,
        stream_key=key,
        actor_key=actor_key,
        list_rows=list_rows,
    )


def list_stream_bucket(row: StreamListRow, now: datetime) -> Request:
    """Return the write that lists a stream's bucket, for as long as its last event can live; its time to live is last.

    Raises: InvalidInput when that is beyond what Cassandra holds.
    """
    _, bucket, retention, width_s, _ = row
    return Request(INSERT_STREAM_BUCKET, (*row, _list_ttl_s(retention_class(retention), bucket, width_s, now)))


def list_actor_bucket(row: ActorListRow, now: datetime) -> Request:
    """Return the write that lists an actor's bucket, likewise. Raises: InvalidInput."""
    _, bucket, retention, _, width_s = row
    return Request(INSERT_ACTOR_BUCKET, (*row, _list_ttl_s(retention_class(retention), bucket, width_s, now)))


def stream_partition(stream: Stream, event: UUID, when: datetime) -> tuple[str, tuple[str, int, int]]:
    """Return the class and the partition key of the stream's row of an event of that time."""
    settings = version_at(stream.settings, when)
    layout = settings.layout
    return settings.retention, (stream.name, bucket_of(when, layout.width_s), shard_of(event, layout.shards))


def place_actor(
    retention: RetentionClass,
    actor: str,
    when: datetime,
    versions: ActorVersions,
) -> tuple[tuple[str, int, str], ActorListRow, int]:
    """Return the actor's partition key at that time, its list row, and the bucket's width in seconds."""
    layout = actor_layout(versions, actor, when)
    bucket, lane = bucket_of(when, layout.width_s), lane_of(actor, layout.shards)
    return (lane, bucket, actor), (actor, bucket, retention.name, lane, layout.width_s), layout.width_s


@lru_cache(1024)  # of one batch most events lie in a few buckets
def _list_ttl_s(retention: RetentionClass, bucket: int, width_s: int, now: datetime) -> int:
    return ttl_s(retention.expiry_of(bucket_end(bucket, width_s)), now)
