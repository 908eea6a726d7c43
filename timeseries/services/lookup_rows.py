"""The rows that list an event under the values of looked-up fields: written beside it, and by the job that fills a new
lookup.
"""  # noqa: D205 - one sentence on two lines

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from timeseries.lookup_directory import lookups_of
from timeseries.lookup_statements import INSERT_LISTED
from timeseries.lookups import Lookup, listed_keys
from timeseries.paths import field_values
from timeseries.placement import Placement
from timeseries.services.beside import Write
from timeseries.services.chunks import Chunk
from timeseries.session import Request

ROW_BYTES = 300
# Each value is a partition of its own. One row a request would be slow to send, so that rows of several partitions of
# one table go together: so many groups make batches of up to a hundred of a chunk.
GROUPS = 32


class LookupWriter:
    """Lists a chunk's events under the stream's lookups, acknowledged before the stream's rows are written."""

    def before(self, chunk: Chunk) -> Iterator[Write]:
        """Return a row for each value of each event.

        Raises: StoreUnavailable, StoreTimeout, before anything is written.
        """
        lookups = [each for each in lookups_of(chunk.stream.name) if each.is_written(chunk.moment)]
        if lookups:
            for place, placement in chunk.events():
                yield from _writes(lookups, place, placement)

    def after(self, chunk: Chunk) -> Iterable[Write]:  # noqa: ARG002 - a Writer has both
        """Return nothing."""
        return ()


def list_event(lookup: Lookup, event: UUID, values: Iterable[Any], *, retention: str, ttl_s: int) -> list[Request]:
    """Return the rows that list one event with these values in the lookup's field; `ttl_s` as the event's."""
    cql = INSERT_LISTED[retention]
    return [Request(cql, (lookup.stream, lookup.id, key, event, ttl_s)) for key in listed_keys(values)]


def _writes(lookups: Sequence[Lookup], place: int, placement: Placement) -> Iterator[Write]:
    event = placement.event
    row = (event.kind, event.level, event.actor, event.client_id, event.payload_json)
    found = field_values([lookup.field for lookup in lookups], row)
    for lookup, values in zip(lookups, found, strict=True):
        for request in list_event(lookup, placement.id, values, retention=placement.retention, ttl_s=placement.ttl_s):
            group = zlib.crc32(request.values[2].encode()) % GROUPS
            yield Write(("lookup", group), request, (place,), ROW_BYTES)
