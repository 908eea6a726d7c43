"""What a chunk of events means for its stream: may they be stored, do they fit, what is new, how much is it.

The appending of events calls `examine` before anything is written and `count` when it is; new fields are written
beside the events (`NEW_FIELDS`, one of `writers.WRITERS`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from core.errors import Conflict, QuotaExceeded
from core.times import to_microseconds
from timeseries.declarations import deletions_of, look_up, schema_of
from timeseries.fields import Span, key_of
from timeseries.partitions import DAY_S
from timeseries.payload_schemas import PayloadSchema
from timeseries.services.beside import Write
from timeseries.services.catalogue import add_span, admitted, known_fields, rows_of, spans_of
from timeseries.services.chunks import Chunk
from timeseries.services.compiled_shapes import examine_compiled
from timeseries.services.conformity import examine as examine_payloads
from timeseries.services.tallies import add_later
from timeseries.shapes import Field
from timeseries.streams import Stream
from timeseries.usage import Day, Usage, remembered_limit, remembered_usage


def check_appendable(stream: Stream) -> None:
    """Refuse events where the stream is being deleted, or its owner has stored as much as it may.

    Raises: Conflict, QuotaExceeded, StoreUnavailable, StoreTimeout.
    """
    look_up(stream)
    if any(deletion.holds_name for deletion in deletions_of([stream.name])[stream.name]):
        raise Conflict(f"the stream {stream.name!r} is being deleted with all its events: it takes no more")
    if not remembered_limit(stream.owner):
        return
    held = remembered_usage(stream.owner)
    if held.limit_bytes and held.usage.payload_bytes >= held.limit_bytes:
        raise QuotaExceeded(
            f"the events of the stream's owner have {held.usage.payload_bytes} bytes of payload, and may have"
            f" {held.limit_bytes}: delete events or streams that are not needed, or let operators raise the limit"
        )


def examine(chunk: Chunk) -> None:
    """Reject the chunk's events that do not fit the stream's schema, and find out which fields the others have.

    Raises: as `check_appendable`.
    """
    check_appendable(chunk.stream)
    schema = schema_of(chunk.stream)
    spans = examine_compiled(chunk, schema)
    if chunk.placements:
        for field, span in _examine_placements(chunk, schema).items():
            add_span(spans, field, span)
    if spans:
        chunk.spans = admitted(known_fields(key_of(chunk.stream)), spans)


def count(chunk: Chunk, failed: Collection[int]) -> None:
    """Count the chunk's events for the stream's usage and catalogue, unless none of them was surely stored."""
    if not failed:
        known_fields(key_of(chunk.stream)).update(chunk.spans)
    if len(failed) < len(chunk) - len(chunk.rejected):
        usage: dict[Day, Usage] = defaultdict(Usage)
        for touched in chunk.touched():
            day = (touched.retention, touched.bucket // DAY_S * DAY_S)
            usage[day] += Usage(touched.events, touched.payload_bytes)
        add_later(key_of(chunk.stream), chunk.spans, usage)


def _examine_placements(chunk: Chunk, schema: PayloadSchema) -> dict[Field, Span]:
    places = list(chunk.placements)
    payloads = [placement.event.payload_json for placement in chunk.placements.values()]
    examined = examine_payloads(chunk.stream, schema, payloads)
    for at, refusal in examined.refusals.items():
        chunk.reject(places[at], refusal)
    times_us = {
        at: to_microseconds(chunk.placements[place].event.time)
        for at, place in enumerate(places)
        if place in chunk.placements
    }
    return spans_of(examined, times_us)


class NewFields:
    """The rows of fields that the catalogue has not yet; see `beside.Writer`."""

    def before(self, chunk: Chunk) -> Iterable[Write]:
        """Return the rows of what is new, for the chunk's events to wait for."""
        life = key_of(chunk.stream)
        known = known_fields(life)
        new = {field: span for field, span in chunk.spans.items() if field not in known}
        return [Write(("fields", life), request) for request in rows_of(life, new)]

    def after(self, chunk: Chunk) -> Iterable[Write]:  # noqa: ARG002 - the protocol's signature
        """Return nothing: counts cannot be written twice (`tallies`)."""
        return ()
