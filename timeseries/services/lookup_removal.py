"""Removing what lookups list of deleted events. Called by `deletions`; what stays is hidden."""

from collections.abc import Iterator, Sequence
from typing import Any

from timeseries.batches import Batch
from timeseries.lookup_directory import lookups_of
from timeseries.lookup_statements import DELETE_LISTED
from timeseries.lookups import Lookup, listed_keys
from timeseries.paths import field_values
from timeseries.services.removal import BATCH_ROWS, StoredRow


class LookupRemover:
    """Names the rows by which a page of deleted events is found."""

    def remove(self, stream: str, retention: str, rows: Sequence[StoredRow], deleted_us: int) -> Iterator[Batch]:
        """Return the deletions. Raises: StoreUnavailable, StoreTimeout."""
        lookups = lookups_of(stream)
        values: list[tuple[Any, ...]] = []
        for row in rows if lookups else ():
            values += [(deleted_us, stream, *key, row.id) for key in _keys(lookups, row)]
        for at in range(0, len(values), BATCH_ROWS):
            yield Batch(DELETE_LISTED[retention], values[at : at + BATCH_ROWS])


def _keys(lookups: Sequence[Lookup], row: StoredRow) -> list[tuple[Any, str]]:
    seen = (row.kind, row.level, row.actor, row.client_id, row.payload)
    found = field_values([each.field for each in lookups], seen)
    return [(lookup.id, key) for lookup, values in zip(lookups, found, strict=True) for key in listed_keys(values)]
