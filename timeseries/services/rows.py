"""Rows of one table, serialised by the C library in batches of one partition each. Called by `compiled`, `writing`."""

import ctypes
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from timeseries.batches import Batch, routing_key
from timeseries.services import structures as c
from timeseries.services.frame import Frame
from timeseries.statements import STATEMENTS


class RowBatch(NamedTuple):
    """A batch of rows and the places of their events; their `bucket` under the stream's settings of that `version`."""

    batch: Batch
    places: list[int]
    version: int
    bucket: int
    payload_bytes: int


class NamedActor(NamedTuple):
    """An actor that events of one bucket name: its lane, the bucket's start and width in seconds, and the events."""

    actor: str
    lane: str
    bucket: int
    width_s: int
    retention: str
    places: list[int]


class Rows:
    """The rows in the order of their partitions; of the actors' table also in the order of actors."""

    def __init__(
        self,
        library: ctypes.CDLL,
        frame: Frame,
        table: c.Table,
        records: "ctypes.Array[c.EventRecord]",
        count: int,
        texts: memoryview,
    ) -> None:
        self._library, self._frame, self._table, self._records, self._texts = library, frame, table, records, texts
        room = max(1, count)
        self._order, sorted_ = (ctypes.c_uint32 * room)(), (c.Sorted * (room + room // 2 + 1))()
        self._count = library.trivium_events_order(
            ctypes.byref(table), records, ctypes.c_size_t(count), sorted_, self._order
        )

    def batches(self) -> Iterator[RowBatch]:
        """Give the batches, each made as it is asked for."""
        table, order, count = ctypes.byref(self._table), self._order, ctypes.c_size_t(self._count)
        size = self._library.trivium_events_bytes(table, self._records, order, count)
        rows, found = ctypes.create_string_buffer(max(1, size)), (c.BatchRecord * max(1, self._count))()
        made = self._library.trivium_events_batches(
            table, self._records, order, count, rows, ctypes.c_size_t(size), found
        )
        view = memoryview(rows)
        for record in found[:made]:
            yield self._batch(record, view[record.at : record.at + record.length])

    def actors(self) -> Iterator[NamedActor]:
        """Give each actor of each bucket once."""
        places = (ctypes.c_uint32 * max(1, self._count))()
        found = self._library.trivium_events_actors(
            ctypes.byref(self._table), self._records, self._order, ctypes.c_size_t(self._count), places
        )
        starts = [*places[:found], self._count]
        for start, end in pairwise(starts):
            record = self._records[self._order[start]]
            actor = self._text(record.texts[c.ACTOR])
            width_s = self._frame.actor_versions[record.actor_version][-1].width_s
            retention = self._frame.stream.settings[record.version].retention
            lane = lane_text(self._frame, record, actor)
            yield NamedActor(actor, lane, record.actor_bucket, width_s, retention, self._order[start:end])

    def _batch(self, batch: c.BatchRecord, rows: memoryview) -> RowBatch:
        first = self._records[self._order[batch.first]]
        places = self._order[batch.first : batch.first + batch.rows]
        if self._table.table == c.BY_STREAM:
            components = [self._frame.stream.name.encode(), _number(first.bucket, 8), _number(first.shard, 2)]
        else:
            lane = lane_text(self._frame, first, self._text(first.texts[c.ACTOR]))
            components = [lane.encode(), _number(first.actor_bucket, 8)]
        cql = insert_of(self._table.table, self._frame.stream.settings[first.version].retention)
        sent = Batch(cql, rows=bytes(rows), count=batch.rows, routing_key=routing_key(*components))
        return RowBatch(sent, places, first.version, first.bucket, batch.payload)

    def _text(self, text: c.Text) -> str:
        return str(self._texts[text.at : text.at + text.length], "utf-8")


def insert_of(table: int, retention: str) -> str:
    """Return the statement that writes rows of a table of that class."""
    statements = STATEMENTS[retention]
    return statements.insert_by_stream if table == c.BY_STREAM else statements.insert_by_actor


def lane_text(frame: Frame, record: c.EventRecord, actor: str) -> str:
    """Return the lane of an event that names an actor, as `partitions.lane_of` writes it."""
    groups = frame.actor_versions[record.actor_version][-1].shards
    return f"{record.lane}/{groups}" if groups else f"actor:{actor}"


def _number(value: int, length: int) -> bytes:
    return value.to_bytes(length, "big", signed=True)
