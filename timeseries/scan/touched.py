"""The plan of a scan of what was stored since a moment: partitions that were written to since. Called by `exports/`.

Rows older than that lie in them, too: `Wanted.written_from` leaves these out.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from core.times import now
from timeseries.directory import find_streams
from timeseries.retention import CLASSES
from timeseries.scan.plans import grouped, plan_slices
from timeseries.scan.slices import PartitionKey, Slice
from timeseries.session import Request, Row, read_many
from timeseries.touches import KEPT, SELECT_OF_ALL, SELECT_OF_STREAM, windows_since

REQUESTS_AT_ONCE = 500


def plan_touched(
    streams: Sequence[str] | None,
    since: datetime,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    slices: int = 64,
) -> list[Slice]:
    """Cut the partitions that were written to since a moment into slices; as `plan_slices` where that is too long ago.

    Partitions outside `start` and `end` are among them. Raises: InvalidInput, StoreUnavailable, StoreTimeout.
    """
    if since <= now() - KEPT:
        return plan_slices(streams, start=start, end=end, slices=slices)
    touched: dict[str, set[PartitionKey]] = defaultdict(set)
    for stream, retention, bucket, shards in _rows(streams, since):
        touched[retention] |= {(stream, bucket, shard) for shard in range(shards)}
    found = find_streams({key[0] for keys in touched.values() for key in keys})
    return [
        each
        for retention in CLASSES
        if (keys := [key for key in touched.get(retention, ()) if key[0] in found])
        for each in grouped(retention, keys, found, slices)
    ]


def _rows(streams: Collection[str] | None, since: datetime) -> Iterator[Row]:
    windows = list(windows_since(since, now()))
    requests = [Request(SELECT_OF_ALL, (window,)) for window in windows]
    if streams is not None:
        requests = [Request(SELECT_OF_STREAM, (window, stream)) for window in windows for stream in streams]
    for at in range(0, len(requests), REQUESTS_AT_ONCE):
        for rows in read_many(requests[at : at + REQUESTS_AT_ONCE]):
            yield from rows
