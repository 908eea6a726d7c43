"""A chunk: events of one stream that are placed and written together. Made by `ingest`, read by all that writes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from core.errors import InvalidInput
from timeseries.fields import Spans
from timeseries.placement import Placement, StreamKey
from timeseries.services.compiled import CompiledEvents
from timeseries.services.rows import RowBatch, Rows
from timeseries.services.structures import BY_ACTOR, BY_STREAM
from timeseries.streams import Stream


@dataclass(frozen=True, slots=True)
class AppendResult:
    """What became of one event: `stored` under `id`; `rejected`, or `unknown` (send it again), with code and reason."""

    status: Literal["stored", "rejected", "unknown"]
    id: UUID | None = None
    code: str = ""
    reason: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Touched:
    """A bucket of the stream that gets events of a chunk: how many, and the bytes of their payloads.

    `bucket` is its start in seconds since 1970; `retention` names the class, `width_s` and `shards` are the layout.
    """

    retention: str
    bucket: int
    width_s: int
    shards: int
    events: int
    payload_bytes: int


class Identified(NamedTuple):
    """An event with a client's own id: its place, its identity, and where its row is."""

    place: int
    id: UUID
    retention: str
    stream_key: StreamKey


@dataclass(slots=True)
class Chunk:
    """Events that are placed, by their place from 0 in what was sent, and what became of those that are wrong.

    `written_us` is the write time of every row, but of rows that replace another; `moment` counts as the present.
    Events are in `placements`, or in `compiled`, whose rows the C library writes. What is `dropped` gets no rows.
    `spans` are the payloads' fields.
    """

    stream: Stream
    moment: datetime
    written_us: int
    placements: dict[int, Placement] = field(default_factory=dict)
    rejected: dict[int, AppendResult] = field(default_factory=dict)
    compiled: CompiledEvents | None = None
    dropped: set[int] = field(default_factory=set)
    spans: Spans = field(default_factory=dict)
    _stream_rows: list[RowBatch] | None = None
    _actor_rows: Rows | None = None

    def __len__(self) -> int:
        """Count what was sent, rejected or not."""
        return self.compiled.count if self.compiled else len(self.placements) + len(self.rejected)

    def events(self) -> Iterator[tuple[int, Placement]]:
        """Give each event that is written with its place; one that the library has placed is made as it is given."""
        for place, placement in self.placements.items():
            if place not in self.dropped:
                yield place, placement
        if self.compiled:
            yield from self.compiled.placements()

    def touched(self) -> list[Touched]:
        """Return the buckets that the events go to; cheap where the library has placed them."""
        found: dict[tuple[str, int, int, int], list[int]] = defaultdict(lambda: [0, 0])
        for place, placement in self.placements.items():
            if place not in self.dropped:
                layout, bucket = placement.layout, placement.stream_key[1]
                counts = found[placement.retention, bucket, layout.width_s, layout.shards]
                counts[0] += 1
                counts[1] += len(placement.event.payload_json.encode())
        for batch in self.stream_rows():
            settings = self.stream.settings[batch.version]
            counts = found[settings.retention, batch.bucket, settings.layout.width_s, settings.layout.shards]
            counts[0] += len(batch.places)
            counts[1] += batch.payload_bytes
        return [Touched(*key, *counts) for key, counts in found.items()]

    def stream_rows(self) -> list[RowBatch]:
        """Return the rows of the stream's table that the library writes."""
        if self._stream_rows is None:
            rows = self.compiled.rows(BY_STREAM, self.written_us) if self.compiled else None
            self._stream_rows = list(rows.batches()) if rows else []
        return self._stream_rows

    def actor_rows(self) -> Rows | None:
        """Return the rows of the actors' table that the library writes."""
        if self._actor_rows is None and self.compiled:
            self._actor_rows = self.compiled.rows(BY_ACTOR, self.written_us)
        return self._actor_rows

    def identified(self) -> list[Identified]:
        """Return the events with clients' own ids, in the order of their places."""
        found = [
            Identified(place, each.id, each.retention, each.stream_key)
            for place, each in self.placements.items()
            if each.event.client_id
        ]
        if self.compiled:
            places = self.compiled.with_client_ids()
            found += [Identified(place, self.compiled.id(place), *self.compiled.partition(place)) for place in places]
        return sorted(found)

    def take(self, place: int) -> Placement:
        """Return an event that Python writes from here on, which alone replaces rows."""
        if self.compiled and place not in self.placements:
            self.placements[place] = self.compiled.placed_anew(place)
            self.compiled.drop(place)
            self._stream_rows = self._actor_rows = None
        return self.placements[place]

    def drop(self, places: Iterable[int]) -> None:
        """Let these events get no rows of what is written from here on."""
        for place in places:
            if place in self.placements:
                self.dropped.add(place)
            elif self.compiled:
                self.compiled.drop(place)
                self._stream_rows = self._actor_rows = None

    def reject(self, place: int, error: InvalidInput) -> None:
        """Note what is wrong with an event, which is then not written."""
        if self.placements.pop(place, None) is None:
            self.drop([place])
        self.rejected[place] = AppendResult("rejected", None, error.code, error.message, error.path)

    def has_client_ids(self) -> bool:
        """Tell whether an event may replace another."""
        if self.compiled and self.compiled.with_client_ids():
            return True
        return any(placement.event.client_id for placement in self.placements.values())

    def id(self, place: int) -> UUID:
        """Return the identity of an event that is not rejected."""
        if place in self.placements or self.compiled is None:
            return self.placements[place].id
        return self.compiled.id(place)
