"""Listing under a new lookup what its stream holds already, partition by partition. Called by the job that does it."""

from collections.abc import Iterator, Sequence
from typing import Any

from core.errors import InvalidInput
from core.times import now
from timeseries.batches import Batch
from timeseries.identity import GREGORIAN, highest_id, lowest_id, time_of
from timeseries.lookups import Lookup
from timeseries.paths import COLUMNS, field_values
from timeseries.range_statements import narrow_rows
from timeseries.retention import retention_class, ttl_s
from timeseries.selectors.merging import Partition, list_partitions
from timeseries.selectors.sources import StreamSource
from timeseries.services.lookup_rows import list_event
from timeseries.session import Request, Row, read, write_batches

PAGE = 500
BATCH_ROWS = 100
Place = tuple[int, int]


def partitions_to_list(stream: str, after: Place | None) -> list[tuple[Place, Partition]]:
    """Return the stream's partitions with their places, bucket and shard, newest first, those after a place.

    Raises: StoreUnavailable, StoreTimeout.
    """
    found = [(each.key[1], each.key[2], each) for each in list_partitions(StreamSource(stream))]
    in_order = sorted(found, key=lambda each: (-each[0], each[1]))
    places = [((bucket, shard), partition) for bucket, shard, partition in in_order]
    return [each for each in places if after is None or (-each[0][0], each[0][1]) > (-after[0], after[1])]


def list_partition(lookup: Lookup, partition: Partition) -> Iterator[int]:
    """List a partition's events under the lookup, page by page; give how many each page had.

    Done twice it is done once.

    Raises: StoreUnavailable, StoreTimeout, OutcomeUnknown.
    """
    cql = narrow_rows(partition.retention, (lookup.field.column,))
    low, high = lowest_id(GREGORIAN), highest_id()
    while True:
        rows = read(cql, (*partition.key, low, high, PAGE))
        _write([request for row in rows for request in _requests(lookup, partition.retention, row)])
        yield len(rows)
        if len(rows) < PAGE:
            return
        high = rows[-1][0]


def _requests(lookup: Lookup, retention: str, row: Row) -> list[Request]:
    event, value = row
    filter_row: list[Any] = [None] * (len(COLUMNS) + 1)
    filter_row[lookup.field.place] = value
    (values,) = field_values([lookup.field], filter_row)
    try:
        left_s = ttl_s(retention_class(retention).expiry_of(time_of(event)), now())
    except InvalidInput:  # it expires just now
        return []
    return list_event(lookup, event, values, retention=retention, ttl_s=left_s)


def _write(requests: Sequence[Request]) -> None:
    chunks = [requests[at : at + BATCH_ROWS] for at in range(0, len(requests), BATCH_ROWS)]
    for failure in write_batches([Batch(chunk[0].cql, [each.values for each in chunk]) for chunk in chunks]):
        if failure is not None:
            raise failure
