"""The plan of a scan: which partitions hold what is asked for, grouped by token into slices of similar work.

Called by `exports/`. What buckets_by_stream lists is read alone; where that would be too many partitions, or nothing
narrows the scan, whole ranges of tokens are read, and rows are picked as they come (`queries.Wanted`).
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from cassandra.metadata import Murmur3Token

from core.errors import InvalidInput
from core.times import from_microseconds
from timeseries.directory import find_streams, next_streams
from timeseries.partitions import version_at
from timeseries.retention import CLASSES
from timeseries.scan.slices import HIGHEST_TOKEN, LOWEST_TOKEN, PartitionKey, Slice
from timeseries.selectors.merging import Merge
from timeseries.selectors.sources import StreamSource
from timeseries.session import read_many
from timeseries.streams import Stream
from timeseries.windows import NOWHERE, Window

MAX_SLICES = 4_096
MAX_PARTITIONS = 20_000
MAX_STREAMS = 2_000
STREAMS_AT_ONCE = 200
Listed = Mapping[str, Sequence[PartitionKey]]


def plan_slices(
    streams: Sequence[str] | None,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    slices: int = 64,
) -> list[Slice]:
    """Cut the events of `start` <= time < `end` of some streams (None: all) into slices, by class, in order of tokens.

    At most `slices` for each retention class. Those with `partitions` hold what is asked for only; the others need
    `Wanted` with the same streams and times. Streams that are not there, or are empty, give no slice.

    Raises: InvalidInput, StoreUnavailable, StoreTimeout.
    """
    if not 0 < slices <= MAX_SLICES:
        raise InvalidInput(f"a scan has 1 to {MAX_SLICES} slices", path="slices")
    window = Window(start, end)
    if streams is None and start is None and end is None:
        return whole_ranges(slices)
    found = _streams(streams)
    listed = None if found is None else _listed(found, window)
    if found is None or listed is None:
        return whole_ranges(slices)
    return [
        each
        for retention in CLASSES
        if retention in listed
        for each in grouped(retention, listed[retention], found, slices)
    ]


def whole_ranges(slices: int) -> list[Slice]:
    """Return the whole ring in that many equal ranges of tokens, for each class."""
    step = (HIGHEST_TOKEN - LOWEST_TOKEN) // slices
    bounds = [*(LOWEST_TOKEN + step * at for at in range(slices)), HIGHEST_TOKEN]
    return [Slice(name, low, high) for name in CLASSES for low, high in itertools.pairwise(bounds)]


def token_of(key: PartitionKey) -> int:
    """Return the token of a partition of a stream table."""
    stream, bucket, shard = key
    parts = (stream.encode(), bucket.to_bytes(8, "big", signed=True), shard.to_bytes(2, "big", signed=True))
    routing_key = b"".join(len(part).to_bytes(2, "big") + part + b"\0" for part in parts)
    return int(Murmur3Token.hash_fn(routing_key))


def _streams(names: Sequence[str] | None) -> dict[str, Stream] | None:
    """Return the streams by name; None where all are asked for and they are too many to list the buckets of."""
    if names is not None:
        return find_streams(names)
    found: dict[str, Stream] = {}
    while following := next_streams(max(found, default=""), STREAMS_AT_ONCE):
        found |= {stream.name: stream for stream in following}
        if len(found) > MAX_STREAMS:
            return None
    return found


def _listed(streams: Mapping[str, Stream], window: Window) -> Listed | None:
    """Return the listed partitions by class; None when there are too many."""
    listed: dict[str, list[PartitionKey]] = defaultdict(list)
    count = 0
    names = list(streams)
    for at in range(0, len(names), STREAMS_AT_ONCE):
        for merge in _read_lists([Merge(StreamSource(name), window, 1) for name in names[at : at + STREAMS_AT_ONCE]]):
            for partition in merge.open:
                listed[partition.retention].append(partition.key)
            count += len(merge.open)
            merge.open.clear()
            if count > MAX_PARTITIONS:
                return None
    return listed


def _read_lists(merges: Sequence[Merge]) -> Iterator[Merge]:
    """Read the bucket lists side by side; give out each merge whenever it has taken in another page of its list."""
    waiting = list(merges)
    while waiting:
        answers = read_many([merge.list_request() for merge in waiting])
        for merge, rows in zip(waiting, answers, strict=True):
            merge.take([rows])
            yield merge
        waiting = [merge for merge in waiting if merge.unlisted != NOWHERE]


def grouped(
    retention: str, keys: Sequence[PartitionKey], streams: Mapping[str, Stream], slices: int
) -> Iterator[Slice]:
    """Cut a class's partitions, sorted by token, into runs of about the same number of expected rows."""
    by_token = sorted((token_of(key), key) for key in keys)
    weights = [_expected_rows(key, streams[key[0]]) for _, key in by_token]
    share = sum(weights) / slices
    runs: dict[int, list[tuple[int, PartitionKey]]] = defaultdict(list)
    before = 0.0
    for entry, weight in zip(by_token, weights, strict=True):
        runs[min(int((before + weight / 2) / share), slices - 1)].append(entry)
        before += weight
    for run in runs.values():
        yield Slice(retention, run[0][0] - 1, run[-1][0], tuple(key for _, key in run))


def _expected_rows(key: PartitionKey, stream: Stream) -> float:
    settings = version_at(stream.settings, from_microseconds(key[1] * 1_000_000))
    return settings.peak_rate * settings.layout.width_s / settings.layout.shards
