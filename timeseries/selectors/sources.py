"""The two tables as sources of a merge: what to ask for, and what a row says."""

from dataclasses import dataclass

from timeseries.events import Event
from timeseries.identity import time_of
from timeseries.partitions import DAY_S
from timeseries.selectors.merging import Partition
from timeseries.session import Request, Row
from timeseries.statements import (
    ACTOR_BUCKETS_NEWEST,
    ACTOR_BUCKETS_OLDEST,
    STATEMENTS,
    STREAM_BUCKETS_NEWEST,
    STREAM_BUCKETS_OLDEST,
)
from timeseries.windows import Window


@dataclass(frozen=True, slots=True)
class StreamSource:
    """One stream's events; a listed bucket is (bucket, retention, width, shards). They never overlap."""

    stream: str
    overlap_s: int = 0

    def list_request(self, window: Window, low: int, high: int, limit: int) -> Request:
        """Ask for buckets between two starts, both exclusive."""
        cql = STREAM_BUCKETS_NEWEST if window.newest_first else STREAM_BUCKETS_OLDEST
        return Request(cql, (self.stream, low, high, limit))

    def partitions(self, window: Window, listed: Row) -> list[Partition]:
        """Return one partition per shard."""
        bucket, retention, width_s, shards = listed
        frontier = window.frontier(bucket, width_s)
        return [
            Partition(retention, (self.stream, bucket, shard), frontier, window, siblings=shards)
            for shard in range(shards)
        ]

    def rows_request(self, partition: Partition, limit: int) -> Request:
        """Ask for the partition's next rows."""
        statements = STATEMENTS[partition.retention]
        cql = statements.stream_newest if partition.window.newest_first else statements.stream_oldest
        return Request(cql, (*partition.key, *partition.window.ids, limit))

    def event(self, partition: Partition, row: Row) -> Event:  # noqa: ARG002 - one interface for both tables
        """Make the event of a row."""
        event, actor, kind, level, payload, client_id = row
        texts = (actor or None, kind or None, level or None, client_id or None)
        return Event(event, self.stream, time_of(event), *texts, payload)


@dataclass(frozen=True, slots=True)
class ActorSource:
    """One actor's events of every stream; a listed bucket is (bucket, retention, width, lane); classes overlap."""

    actor: str
    overlap_s: int = DAY_S

    def list_request(self, window: Window, low: int, high: int, limit: int) -> Request:
        """Ask for buckets between two starts, both exclusive."""
        cql = ACTOR_BUCKETS_NEWEST if window.newest_first else ACTOR_BUCKETS_OLDEST
        return Request(cql, (self.actor, low, high, limit))

    def partitions(self, window: Window, listed: Row) -> list[Partition]:
        """Return the actor's part of the lane."""
        bucket, retention, width_s, lane = listed
        return [Partition(retention, (lane, bucket, self.actor), window.frontier(bucket, width_s), window)]

    def rows_request(self, partition: Partition, limit: int) -> Request:
        """Ask for the partition's next rows."""
        statements = STATEMENTS[partition.retention]
        cql = statements.actor_newest if partition.window.newest_first else statements.actor_oldest
        return Request(cql, (*partition.key, *partition.window.ids, limit))

    def event(self, partition: Partition, row: Row) -> Event:  # noqa: ARG002 - one interface for both tables
        """Make the event of a row."""
        event, stream, kind, level, payload, client_id = row
        texts = (self.actor, kind or None, level or None, client_id or None)
        return Event(event, stream, time_of(event), *texts, payload)
