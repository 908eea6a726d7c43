"""Pages of actors' events: those that the reader may read, as the streams' rows have them, and a bound on the others.

Called by `events`, wave by wave. What is hidden does not shorten a page, so a page may have to read past much of it:
the reads grow, and end with an error where too much is hidden.
"""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from core.deadlines import Deadline
from core.errors import TooLarge
from core.principals import Principal
from timeseries.column_rules import rules_for
from timeseries.directory import find_streams
from timeseries.events import Event
from timeseries.selectors.agreement import decided_by_streams
from timeseries.selectors.column_rules import all_rules
from timeseries.selectors.merging import Merge, left_s
from timeseries.streams import Stream, may_read

MAX_HIDDEN = 100_000
MAX_ROWS_AT_ONCE = 2_500
MAX_ROWS_OF_ALL = 20_000


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the principal, the actors it is, and the streams it wants events of (None: all)."""

    principal: Principal
    own_actors: Collection[str] = ()
    streams: Collection[str] | None = None

    def wants(self, stream: str) -> bool:
        """Tell whether events of the stream are asked for."""
        return self.streams is None or stream in self.streams

    def may_read(self, event: Event, stream: Stream | None) -> bool:
        """Tell whether the reader may read the event of that stream."""
        if stream is None:
            return self.principal.sees_everything
        if stream.actor_may_read and event.actor in self.own_actors:
            return True
        # To find events by an actor that is hidden would be to see it.
        rules = rules_for(self.principal, stream, all_rules().get(stream.name, {}))
        return may_read(self.principal, stream) and "actor" not in rules


@dataclass(slots=True)
class ActorPages:
    """One page per merge (`pages` by the merge's `id`), of at most `limit` events, filled in place."""

    reader: Reader
    limit: int
    pages: dict[int, list[Event]]
    deadline: Deadline | None = None
    _streams: dict[str, Stream] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _hidden: int = 0

    def take_ready(self, merges: Sequence[Merge]) -> list[Merge]:
        """Take what the merges give out; return those whose page is not full.

        Raises: TooLarge when more than MAX_HIDDEN events were read in vain; StoreUnavailable, StoreTimeout.
        """
        ready = {id(merge): list(merge.ready()) for merge in merges}
        self._look_up(event.stream for events in ready.values() for event in events)
        visible = {key: deque(filter(self._is_visible, events)) for key, events in ready.items()}
        taken = {key: len(self.pages[key]) for key in ready}
        self._fill(visible)
        unfilled = [merge for merge in merges if len(self.pages[id(merge)]) < self.limit]
        at_most = min(MAX_ROWS_AT_ONCE, MAX_ROWS_OF_ALL // max(1, len(unfilled)))
        for merge in unfilled:
            hidden = taken[id(merge)] + len(ready[id(merge)]) - len(self.pages[id(merge)])
            self._hidden += hidden
            if hidden:
                merge.page_rows = max(merge.page_rows, min(2 * merge.page_rows, at_most))
        self._check_hidden(unfilled)
        return unfilled

    def _check_hidden(self, unfilled: Iterable[Merge]) -> None:
        if self._hidden > MAX_HIDDEN and any(not merge.is_done for merge in unfilled):
            raise TooLarge(
                f"more than {MAX_HIDDEN} events that are not to be read here lie between those that are:"
                " narrow the time (start and end), or ask for fewer actors",
                path="actors",
            )

    def _look_up(self, names: Iterable[str]) -> None:
        unknown = {name for name in names if self.reader.wants(name)} - self._asked
        self._asked |= unknown
        self._streams |= find_streams(unknown)

    def _is_visible(self, event: Event) -> bool:
        return self.reader.wants(event.stream) and self.reader.may_read(event, self._streams.get(event.stream))

    def _fill(self, visible: dict[int, deque[Event]]) -> None:
        """Move events into the pages, no more than there is room for, all pages' together."""
        while batches := {key: batch for key, events in visible.items() if (batch := self._next(key, events))}:
            candidates = (event for batch in batches.values() for event in batch)
            decided = iter(decided_by_streams(candidates, self._streams, left_s(self.deadline)))
            for key, batch in batches.items():
                kept = (next(decided) for _ in batch)
                self.pages[key].extend(event for event in kept if event is not None)

    def _next(self, key: int, events: deque[Event]) -> list[Event]:
        room = self.limit - len(self.pages[key])
        return [events.popleft() for _ in range(min(room, len(events)))]
