"""What a deletion of events takes from lookups: the rows that list them; with a stream all its lookups."""

from collections.abc import Iterator, Sequence
from typing import Any

from timeseries.batches import Batch
from timeseries.lookup_directory import forget_lookups, lookups_of
from timeseries.lookup_statements import DELETE_LISTED, DELETE_LOOKUP
from timeseries.lookups import Lookup, listed_keys
from timeseries.paths import field_values
from timeseries.services.removal import BATCH_ROWS, StoredRow
from timeseries.session import write


class LookupRemover:
    """The rows that list events under the values of looked-up fields; see `removal.Remover`."""

    def remove(self, stream: str, retention: str, rows: Sequence[StoredRow], deleted_us: int) -> Iterator[Batch]:
        """Return the deletions. Raises: StoreUnavailable, StoreTimeout."""
        lookups = lookups_of(stream)
        listed = [
            (deleted_us, stream, lookup.id, key, row.id)
            for row in (rows if lookups else ())
            for lookup, values in zip(lookups, _values(lookups, row), strict=True)
            for key in listed_keys(values)
        ]
        for at in range(0, len(listed), BATCH_ROWS):
            yield Batch(DELETE_LISTED[retention], listed[at : at + BATCH_ROWS])


def delete_lookups(stream: str) -> None:
    """Delete what a stream declares of lookups. Raises: StoreUnavailable, StoreTimeout, OutcomeUnknown."""
    for lookup in lookups_of(stream, fresh=True):
        write(DELETE_LOOKUP, (stream, lookup.name))
    forget_lookups(stream)


def _values(lookups: Sequence[Lookup], row: StoredRow) -> list[list[Any]]:
    columns = (row.kind, row.level, row.actor, row.client_id, row.payload)
    return field_values([lookup.field for lookup in lookups], columns)
