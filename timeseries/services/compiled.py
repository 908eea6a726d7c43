"""Lines of JSON read, checked, placed and serialised by the C library (native/sources/events.c, batches.c).

Called by `ingest` and `chunks`. What the library does not surely read as `timeseries.events` does is left to that,
which stays the definition: a line is refused by Python only. tests/unit/timeseries/test_compiled.py holds them equal.
"""

import ctypes
from collections.abc import Iterator
from functools import cached_property
from uuid import UUID

from core.times import from_microseconds
from timeseries.batches import MAX_BYTES, MAX_ROWS
from timeseries.events import NewEvent
from timeseries.fields import Span
from timeseries.placement import Placement, StreamKey, place_event
from timeseries.services import structures as c
from timeseries.services.frame import NAMES, Frame
from timeseries.services.rows import Rows, insert_of, lane_text
from timeseries.session import prepare

MAX_SHAPES = 256


class CompiledEvents:
    """The lines of one chunk that the library has read; a place is a line's number, from 0."""

    def __init__(self, library: ctypes.CDLL, frame: Frame, lines: bytes, *, most: int) -> None:
        self._library, self._frame, self._lines = library, frame, lines
        most = min(most, lines.count(b"\n") + 1)
        self._records: ctypes.Array[c.EventRecord] = (c.EventRecord * most)()
        self._texts = ctypes.create_string_buffer(max(1, len(lines)))
        self._view = memoryview(self._texts)
        consumed, written = ctypes.c_size_t(), ctypes.c_size_t()
        self.count = library.trivium_events_read(
            lines,
            ctypes.c_size_t(len(lines)),
            ctypes.byref(frame.settings),
            self._records,
            ctypes.c_size_t(most),
            self._texts,
            ctypes.c_size_t(len(self._texts)),
            ctypes.byref(consumed),
            ctypes.byref(written),
        )
        self.consumed = consumed.value

    @property
    def placed(self) -> int:
        """How many events are placed and not dropped."""
        return int(self._library.trivium_events_count(self._records, self._size, c.PLACED))

    @cached_property
    def left(self) -> list[tuple[int, bytes]]:
        """The lines that are left to the portable way, with their places."""
        found = []
        for place in self._find(c.LEFT):
            record = self._records[place]
            found.append((place, self._lines[record.line : record.line + record.length]))
        return found

    def with_client_ids(self) -> list[int]:
        """Return the places of the events that have a client's own id."""
        return self._find(c.PLACED)

    def shapes(self) -> Iterator[tuple[int, int, Span]]:
        """Give each shape of payload with a place that has it, and how many events of which times; 0 for one unsaid.

        Where more than MAX_SHAPES differ, all are unsaid.
        """
        found = (c.Shape * MAX_SHAPES)()
        count = self._library.trivium_events_shapes(self._records, self._size, found, ctypes.c_size_t(MAX_SHAPES))
        for each in found[:count]:
            yield each.shape, each.place, Span(each.events, each.first_us, each.last_us)

    def of_shape(self, shape: int) -> list[int]:
        """Return the places of the events of that shape."""
        places = (ctypes.c_uint32 * max(1, self.count))()
        found = self._library.trivium_events_of_shape(self._records, self._size, ctypes.c_uint64(shape), places)
        return list(places[:found])

    def payload(self, place: int) -> str:
        """Return an event's payload."""
        return self._text(self._records[place].texts[c.PAYLOAD])

    def time_us(self, place: int) -> int:
        """Return an event's time in microseconds since 1970."""
        return int(self._records[place].time_us)

    def drop(self, place: int) -> None:
        """Let an event get no rows."""
        self._records[place].state = c.DROPPED

    def id(self, place: int) -> UUID:
        """Return an event's identity."""
        return UUID(bytes=bytes(self._records[place].id))

    def partition(self, place: int) -> tuple[str, StreamKey]:
        """Return the class and the partition of the stream's row of an event."""
        record = self._records[place]
        key = (self._frame.stream.name, record.bucket, record.shard)
        return self._frame.stream.settings[record.version].retention, key

    def placed_anew(self, place: int) -> Placement:
        """Return an event as the portable way would have placed it, with its lists."""
        return place_event(self._frame.stream, self.event(place), self._frame.actors, self._frame.moment)

    def event(self, place: int) -> NewEvent:
        """Return an event as the portable way would have read it."""
        record = self._records[place]
        actor, kind, level, client_id, payload = (self._text(each) for each in record.texts)
        return NewEvent(from_microseconds(record.time_us), payload, actor, kind, level, client_id)

    def placement(self, place: int) -> Placement:
        """Return an event with its place in both tables; its lists are not named."""
        record = self._records[place]
        event, actor_key = self.event(place), None
        if event.actor:
            actor_key = (lane_text(self._frame, record, event.actor), record.actor_bucket, event.actor)
        retention, stream_key = self.partition(place)
        return Placement(
            event=event,
            id=self.id(place),
            stream=self._frame.stream.name,
            retention=retention,
            ttl_s=record.ttl_s,
            layout=self._frame.stream.settings[record.version].layout,
            stream_key=stream_key,
            actor_key=actor_key,
            list_rows={},
        )

    def placements(self) -> Iterator[tuple[int, Placement]]:
        """Give each event that is placed and not dropped."""
        for place in range(self.count):
            if self._records[place].state == c.PLACED:
                yield place, self.placement(place)

    def rows(self, table: int, written_us: int) -> Rows:
        """Return the rows of one table (BY_STREAM, BY_ACTOR), written as of that time, of what is placed now."""
        described = c.Table(
            settings=ctypes.pointer(self._frame.settings),
            statements=self._statements(table),
            texts=ctypes.addressof(self._texts),
            written_us=written_us,
            max_rows=MAX_ROWS,
            max_bytes=MAX_BYTES,
            table=table,
        )
        return Rows(self._library, self._frame, described, self._records, self.count, self._view)

    def _statements(self, table: int) -> ctypes.Array[c.Statement]:
        statements = (c.Statement * len(NAMES))()
        for name in {settings.retention for settings in self._frame.stream.settings}:
            query_id = prepare(insert_of(table, name)).query_id
            statements[NAMES.index(name)] = c.Statement(query_id, len(query_id))
        return statements

    @property
    def _size(self) -> ctypes.c_size_t:
        return ctypes.c_size_t(self.count)

    def _find(self, state: int) -> list[int]:
        places = (ctypes.c_uint32 * max(1, self.count))()
        found: int = self._library.trivium_events_find(self._records, self._size, state, places)
        return list(places[:found])

    def _text(self, text: c.Text) -> str:
        return str(self._view[text.at : text.at + text.length], "utf-8")
