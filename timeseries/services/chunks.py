"""A chunk: events of one stream that are placed and written together. Made by `ingest`, read by all that writes."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from timeseries.fields import Spans
from timeseries.placement import Placement
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


@dataclass(slots=True)
class Chunk:
    """Events that are placed, by their place from 0 in what was sent, and what became of those that are wrong.

    `written_us` is the write time of every row, but of rows that replace another; `moment` counts as the present.
    `spans` are the payloads' fields.
    """

    stream: Stream
    moment: datetime
    written_us: int
    placements: dict[int, Placement] = field(default_factory=dict)
    rejected: dict[int, AppendResult] = field(default_factory=dict)
    spans: Spans = field(default_factory=dict)

    def events(self) -> Iterator[tuple[int, Placement]]:
        """Give each event that is stored with its place; of two of one identity both."""
        return iter(self.placements.items())

    def touched(self) -> list[Touched]:
        """Return the buckets that the events go to, without looking at each event where that can be avoided."""
        found: dict[tuple[str, int, int, int], list[int]] = defaultdict(lambda: [0, 0])
        for placement in self.placements.values():
            _, bucket, _ = placement.stream_key
            counts = found[placement.retention, bucket, placement.layout.width_s, placement.layout.shards]
            counts[0] += 1
            text = placement.event.payload_json
            counts[1] += len(text) if text.isascii() else len(text.encode())
        return [Touched(*key, *counts) for key, counts in found.items()]
