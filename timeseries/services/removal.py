"""Deleting a partition's events of a range, with their actors' rows, as of a write time. Called by `deletions`.

The partition's rows say which actors' rows go with them, so those go first: who is stopped between finds them.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple, Protocol
from uuid import UUID

from timeseries.batches import Batch
from timeseries.deletion_statements import DELETIONS
from timeseries.directory import actor_versions
from timeseries.identity import sort_key, time_of
from timeseries.partitions import DAY_S, bucket_of
from timeseries.placement import place_actor
from timeseries.retention import retention_class
from timeseries.session import read, write, write_batches
from timeseries.usage import Day, Usage

PAGE_ROWS = 1_000
BATCH_ROWS = 100
# Beyond so many rows of one actor a page, neighbours go as one range: 100,000 single tombstones would fail its reads.
MANY = 100


class StoredRow(NamedTuple):
    """A stream's row as it is deleted."""

    id: UUID
    actor: str
    kind: str
    level: str
    client_id: str
    payload: str
    written_us: int


class Remover(Protocol):
    """Names the rows beside events that go with them, as of a write time; called before the events' own rows go."""

    def remove(self, stream: str, retention: str, rows: Sequence[StoredRow], deleted_us: int) -> Iterable[Batch]:
        """Return the deletions. Raises: StoreUnavailable, StoreTimeout."""


@dataclass(frozen=True, slots=True)
class Part:
    """One partition of a deletion: the ids between `low` and `high`, exclusive, or all that there are."""

    stream: str
    retention: str
    bucket: int
    shard: int
    low: UUID
    high: UUID
    is_whole: bool

    @property
    def key(self) -> tuple[str, int, int]:
        """The partition's key."""
        return self.stream, self.bucket, self.shard


def remove_part(part: Part, deleted_us: int, removers: Sequence[Remover]) -> dict[Day, Usage]:
    """Delete the part's events that were written until `deleted_us`; return how much they were, by class and day.

    Done again it deletes nothing more. Raises: StoreUnavailable, StoreTimeout, OutcomeUnknown.
    """
    removed: dict[Day, Usage] = defaultdict(Usage)
    for rows in pages_of(part, deleted_us):
        batches = [*_actor_batches(part, rows, deleted_us)]
        for remover in removers:
            batches += remover.remove(part.stream, part.retention, rows, deleted_us)
        _write(batches)
        for row in rows:
            day = (part.retention, bucket_of(time_of(row.id), DAY_S))
            removed[day] += Usage(1, len(row.payload.encode()))
    statements = DELETIONS[part.retention]
    if part.is_whole:
        write(statements.delete_partition, (deleted_us, *part.key))
    else:
        write(statements.delete_range, (deleted_us, *part.key, part.low, part.high))
    return removed


def is_empty(part: Part) -> bool:
    """Tell whether the partition holds nothing in the part's range now. Raises: StoreUnavailable, StoreTimeout."""
    return not read(DELETIONS[part.retention].select_rows, (*part.key, part.low, part.high, 1))


def pages_of(part: Part, written_us: int) -> Iterator[list[StoredRow]]:
    """Give the part's rows that were written until then, page by page, newest first. Raises: StoreError."""
    high = part.high
    while True:
        page = read(DELETIONS[part.retention].select_rows, (*part.key, part.low, high, PAGE_ROWS))
        rows = [StoredRow(*row) for row in page]
        yield [row for row in rows if row.written_us <= written_us]
        if len(rows) < PAGE_ROWS:
            return
        high = rows[-1].id


def _actor_batches(part: Part, rows: Iterable[StoredRow], deleted_us: int) -> Iterator[Batch]:
    statements = DELETIONS[part.retention]
    single: dict[Hashable, list[tuple[object, ...]]] = defaultdict(list)
    for key, ids in _by_actor(part.retention, rows).items():
        if len(ids) > MANY:
            runs = [(deleted_us, *key, *ends) for ends in _runs(part, key, ids)]
            yield from _cut(statements.delete_run_of_actor, runs)
        else:
            single[key[:2]] += [(deleted_us, *key, each) for each in ids]
    for values in single.values():
        yield from _cut(statements.delete_of_actor, values)


def _by_actor(retention: str, rows: Iterable[StoredRow]) -> Mapping[tuple[str, int, str], list[UUID]]:
    versions, found = actor_versions(retention), defaultdict(list)
    for row in rows:
        if row.actor:
            key, _, _ = place_actor(retention_class(retention), row.actor, time_of(row.id), versions)
            found[key].append(row.id)
    return found


def _runs(part: Part, key: tuple[str, int, str], ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Return the ends of the actor's runs of rows of this stream alone, between the least and the greatest id."""
    low, high = min(ids, key=sort_key), max(ids, key=sort_key)
    listed = read(DELETIONS[part.retention].select_of_actor, (*key, low, high))
    runs = [[row[0] for row in run] for stream, run in groupby(listed, key=lambda row: row[1]) if stream == part.stream]
    return [(run[-1], run[0]) for run in runs]  # they come newest first


def _cut(cql: str, values: Sequence[tuple[object, ...]]) -> Iterator[Batch]:
    for at in range(0, len(values), BATCH_ROWS):
        yield Batch(cql, values[at : at + BATCH_ROWS])


def _write(batches: Sequence[Batch]) -> None:
    failure = next((error for error in write_batches(batches) if error is not None), None)
    if failure is not None:
        raise failure
