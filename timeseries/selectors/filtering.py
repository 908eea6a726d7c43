"""Pages of events that meet conditions: rows are read, resolved and held against them, within a limit of work.

A page that meets the limit ends early, says so, and says where it stopped, so that the next one goes on from there.
Called by `filtered`, wave by wave.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal
from uuid import UUID

from core.deadlines import Deadline
from timeseries.events import Event
from timeseries.filters import Filters
from timeseries.range_statements import PUSHED, filtered_rows
from timeseries.selectors.merging import Merge, Partition
from timeseries.selectors.sources import StreamSource
from timeseries.session import Request, Row
from timeseries.windows import NOWHERE, Window

RESOLVED_AT_ONCE = 500
MAX_ROWS_AT_ONCE = 1_000
PUSHED_COST = 5_000  # what one partition that Cassandra filters counts: reading 50,000 rows there takes about as long
SPENT = 0.5  # of the deadline: after it no page goes on, for a wave that would come too late makes nothing of all
Resolve = Callable[[Sequence[Event]], Sequence[Event | None]]
CutBy = Literal["work", "deadline"]


@dataclass(frozen=True, slots=True)
class FilteredEvents:
    """Events of a page; where it was cut short, by what, and the id after which the next page goes on.

    `examined` counts what was read for it.
    """

    events: list[Event]
    examined: int
    cut_by: CutBy | None = None
    resume_after: UUID | None = None


@dataclass(slots=True)
class PushingSource:
    """A stream's events; of a partition that has more rows than its first read, Cassandra filters the rest itself.

    `equal`: the values that kind and level must have. `pushed` counts such reads.
    """

    table: StreamSource
    equal: dict[str, str]
    first: Window
    overlap_s: int = 0
    pushed: int = 0

    def list_request(self, window: Window, low: int, high: int, limit: int) -> Request:
        """Ask for buckets between two starts, both exclusive."""
        return self.table.list_request(window, low, high, limit)

    def partitions(self, window: Window, listed: Row) -> list[Partition]:
        """Return one partition per shard."""
        return self.table.partitions(window, listed)

    def rows_request(self, partition: Partition, limit: int) -> Request:
        """Ask for the partition's next rows."""
        window = partition.window
        if not self.equal or window.after == self.first.after:
            return self.table.rows_request(partition, limit)
        self.pushed += 1
        cql = filtered_rows(partition.retention, tuple(self.equal), newest_first=window.newest_first)
        return Request(cql, (*partition.key, *window.ids, *self.equal.values(), limit))

    def event(self, partition: Partition, row: Row) -> Event:
        """Make the event of a row."""
        return self.table.event(partition, row)


def pushed_values(filters: Filters) -> dict[str, str]:
    """Return the one value that conditions want kind and level to have, where they want one."""
    found = {}
    for condition in filters.conditions:
        values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        if condition.field in PUSHED and condition.operator in ("eq", "in") and len(values) == 1:
            found[condition.field] = values[0]
    return {column: found[column] for column in PUSHED if column in found}


@dataclass(slots=True)
class FilteredPage:
    """A page that `drive` fills from one merge: at most `limit` events, `max_examined` rows read for it.

    `resolve` makes of rows what the reader may see of them, in their order; None for what is not to be shown.
    """

    filters: Filters
    limit: int
    max_examined: int
    resolve: Resolve
    deadline: Deadline | None = None
    events: list[Event] = field(default_factory=list)
    examined: int = 0
    cut_by: CutBy | None = None
    resume_after: UUID | None = None

    def take_ready(self, merges: Sequence[Merge]) -> Sequence[Merge]:
        """Take what the merge gives out; return it unless the page is full or cut.

        Raises: StoreUnavailable, StoreTimeout.
        """
        (merge,) = merges
        ready = merge.ready()
        while batch := list(islice(ready, RESOLVED_AT_ONCE)):
            self._take(batch)
            if len(self.events) >= self.limit:
                return ()
            if self._is_spent(merge):
                self.resume_after = batch[-1].id
                return ()
        if merge.progress != NOWHERE and self._is_spent(merge):
            self.resume_after = merge.window.id_at(merge.progress)
            return ()
        self.cut_by = None
        merge.page_rows = min(MAX_ROWS_AT_ONCE, 2 * merge.page_rows)
        return merges

    def page(self) -> FilteredEvents:
        """Return what was found."""
        return FilteredEvents(self.events[: self.limit], self.examined, self.cut_by, self.resume_after)

    def _take(self, batch: Sequence[Event]) -> None:
        self.examined += len(batch)
        self.events += [event for event in self._seen(batch) if self.filters.matches(filter_row(event))]

    def _seen(self, batch: Sequence[Event]) -> Iterator[Event]:
        return (event for event in self.resolve(batch) if event is not None)

    def _is_spent(self, merge: Merge) -> bool:
        pushed = merge.source.pushed if isinstance(merge.source, PushingSource) else 0
        if self.examined + pushed * PUSHED_COST >= self.max_examined:
            self.cut_by = "work"
        elif self.deadline is not None and self.deadline.remaining_s() < SPENT * self.deadline.budget_s:
            self.cut_by = "deadline" if self.examined or pushed else None
        return self.cut_by is not None


def filter_row(event: Event) -> tuple[str | None, str | None, str | None, str | None, str]:
    """Return what conditions look at."""
    return event.kind, event.level, event.actor, event.client_id, event.payload_json
