"""What is written beside events: others' rows that belong to a chunk of events, before their stream's rows or after.

A part that keeps rows of its own about events (which buckets were touched, payload fields, lookups) makes a `Writer`
and names it in `writers.WRITERS`; `writing` asks each for its writes. Those of `before` are acknowledged before any
stream's row is written: an event whose write failed there is answered `unknown` and has no row in its stream yet, so
sending it again heals. Those of `after` follow the acknowledged rows; what fails there is logged, and no event's
answer changes. Writes must be idempotent: a chunk may come again.
"""

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from typing import Protocol

from timeseries.memory import Memory
from timeseries.services.chunks import Chunk
from timeseries.session import Request, keyspace


@dataclass(frozen=True, slots=True)
class Write:
    """One row to write, the partition it goes to, and the events that need it.

    Writes of one `partition` (and statement) go in one batch. `needed_by` are places of the chunk's events; None are
    all of them. `size` is about how many bytes the row has. What has a `remembered` key is written once while `memory`
    keeps it: equal rows of later chunks are left out.
    """

    partition: Hashable
    request: Request
    needed_by: Collection[int] | None = None
    size: int = 0
    memory: Memory[bool] | None = None
    remembered: Hashable = None

    def is_remembered(self) -> bool:
        """Tell whether this process has written it lately."""
        return self.memory is not None and bool(self.memory.recall((keyspace(), self.remembered)))

    def remember(self) -> None:
        """Note that it is written."""
        if self.memory is not None:
            self.memory.keep((keyspace(), self.remembered), value=True)


class Writer(Protocol):
    """Names the rows that go with a chunk of placed events (`Chunk.touched`, `Chunk.events`)."""

    def before(self, chunk: Chunk) -> Iterable[Write]:
        """Return what must be acknowledged before the stream's rows are written. Raises: nothing."""

    def after(self, chunk: Chunk) -> Iterable[Write]:
        """Return what follows the stream's rows; it may be lost. Raises: nothing."""
