"""Reading by lookup: ids from the lookup's partitions, in order, and the stream's rows of these ids, which decide."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.deadlines import Deadline
from timeseries.comparisons import choices_of
from timeseries.events import Event
from timeseries.filters import Filters
from timeseries.identity import time_of
from timeseries.lookup_directory import lookups_of
from timeseries.lookup_statements import LISTED_NEWEST, LISTED_OLDEST
from timeseries.lookups import SEVERAL, Lookup, key_of
from timeseries.selectors.agreement import stream_rows
from timeseries.selectors.filtering import Resolve
from timeseries.selectors.merging import Merge, Partition, left_s
from timeseries.session import Request, Row
from timeseries.streams import Stream
from timeseries.windows import BEFORE_ALL, NOWHERE, Window

MAX_LISTS = 20


@dataclass(frozen=True, slots=True)
class LookupSource:
    """Ids that a lookup lists under some of its keys; all partitions are known, so that nothing is listed."""

    lookup: Lookup
    overlap_s: int = 0

    def list_request(self, window: Window, low: int, high: int, limit: int) -> Request:
        """Never asked: a merge of known partitions lists none."""
        raise NotImplementedError

    def partitions(self, window: Window, listed: Row) -> list[Partition]:
        """Never asked, likewise."""
        raise NotImplementedError

    def rows_request(self, partition: Partition, limit: int) -> Request:
        """Ask for the partition's next ids."""
        table = LISTED_NEWEST if partition.window.newest_first else LISTED_OLDEST
        return Request(table[partition.retention], (*partition.key, *partition.window.ids, limit))

    def event(self, partition: Partition, row: Row) -> Event:  # noqa: ARG002 - one interface for all tables
        """Make an event that has an id and a time; the stream's row has the rest."""
        return Event(row[0], self.lookup.stream, time_of(row[0]), None, None, None, None, "{}")


def find_lookup(stream: str, filters: Filters) -> tuple[Lookup, tuple[str, ...]] | None:
    """Return a ready lookup that answers one of the conditions, and the keys to read: the one with the fewest.

    Raises: StoreUnavailable, StoreTimeout.
    """
    ready = {lookup.field: lookup for lookup in lookups_of(stream) if lookup.is_ready}
    found = [
        (lookup, tuple(sorted({key_of(value) or "" for value in choices_of(condition.value)} | {SEVERAL})))
        for field, condition in zip(filters.fields, filters.conditions, strict=True)
        if condition.operator in ("eq", "in") and (lookup := ready.get(field)) is not None
    ]
    fitting = [each for each in found if len(each[1]) <= MAX_LISTS]
    return min(fitting, key=lambda each: len(each[1]), default=None)


def merge_lists(lookup: Lookup, keys: Sequence[str], stream: Stream, window: Window, page_rows: int) -> Merge:
    """Return the merge of what the lookup lists under these keys, in every class that the stream has had."""
    classes = dict.fromkeys(settings.retention for settings in stream.settings)
    partitions = [
        Partition(retention, (lookup.stream, lookup.id, key), BEFORE_ALL, window)
        for retention in classes
        for key in keys
    ]
    return Merge(LookupSource(lookup), window, page_rows, NOWHERE, partitions)


def stored_in(stream: Stream, deadline: Deadline | None) -> Resolve:
    """Return what makes of listed ids the events as they are stored; what is gone is None."""

    def resolve(events: Sequence[Event]) -> list[Event | None]:
        rows = stream_rows(events, {stream.name: stream}, left_s(deadline))
        return [_event(stream.name, rows.get(event.id)) for event in events]

    return resolve


def _event(stream: str, row: Row | None) -> Event | None:
    if row is None:
        return None
    event, actor, kind, level, payload, client_id, _ = row
    texts = (actor or None, kind or None, level or None, client_id or None)
    return Event(event, stream, time_of(event), *texts, payload)
