"""Cassandra as a source: events by the actors that they name."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from core.deadlines import Deadline
from query.sources.base import Found, Item, Request
from timeseries import selectors
from timeseries.events import TEXT_BYTES
from timeseries.identity import sort_key
from timeseries.selectors.events import MAX_ACTORS

OLDEST_FIRST = "time"


class TimeseriesSource:
    """Events of streams that the principal reads, and of those that let actors read what names them."""

    def session(self, deadline: Deadline) -> AbstractContextManager[None]:
        """Hold nothing: the driver's session is the process's."""
        del deadline
        return nullcontext()

    def read(self, request: Request) -> Found:
        """Answer a read of events by actors. Raises: StoreError."""
        actors = [value for value in request.values if len(value.encode()) <= TEXT_BYTES["actor"]]
        for position in range(0, len(actors), MAX_ACTORS):
            yield from self._read_events(request, actors[position : position + MAX_ACTORS])

    def _read_events(self, request: Request, actors: list[str]) -> Iterator[tuple[Any, Item]]:
        found = selectors.events_by_actors(
            request.principal,
            actors,
            limit_per_actor=request.limit,
            newest_first=request.sort != OLDEST_FIRST,
            own_actors=request.own,
            deadline=request.deadline,
        )
        for actor, events in found.items():
            for event in events:
                yield actor, Item("events", event.stream, (event.stream, event.id), event)

    def values_of(self, item: Item, field: str) -> Iterable[Any]:
        """Yield the actor."""
        value = getattr(item.row, field)
        return () if value is None else (value,)

    def order(self, item: Item, sort: str) -> Any:
        """Order by time, then as Cassandra orders the ids of one microsecond, then by stream."""
        ticks, low = sort_key(item.row.id)
        return (ticks, low, item.part) if sort == OLDEST_FIRST else (-ticks, -low, item.part)
