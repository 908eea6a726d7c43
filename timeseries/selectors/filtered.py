"""Reading the events of a stream, or of an actor, that meet conditions.

Of a stream, an equality on a field that has a lookup finds the others' rows too, at any time. Without one a question
with conditions needs a range, `start` and `end`, within which rows are read and held against them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from core.deadlines import Deadline
from core.errors import TooLarge, UnsupportedQuery
from core.principals import Principal
from timeseries.directory import find_streams
from timeseries.events import Event, check_actor
from timeseries.filters import Filters
from timeseries.lookup_directory import lookups_of
from timeseries.lookups import Lookup
from timeseries.selectors.agreement import decided_by_streams
from timeseries.selectors.events import MAX_PAGE, MIN_PAGE_ROWS, check_readable
from timeseries.selectors.filtering import FilteredEvents, FilteredPage, PushingSource, Resolve, pushed_values
from timeseries.selectors.lookups import find_lookup, merge_lists, stored_in
from timeseries.selectors.masking import check_asked, shown_events
from timeseries.selectors.merging import Merge, drive, left_s
from timeseries.selectors.pages import Reader
from timeseries.selectors.sources import ActorSource, StreamSource
from timeseries.windows import Window

MAX_EXAMINED = 200_000


def filtered_by_stream(  # noqa: PLR0913 - keywords, most with a default
    principal: Principal,
    stream: str,
    filters: Filters,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int = 100,
    newest_first: bool = True,
    after: UUID | None = None,
    max_examined: int = MAX_EXAMINED,
    deadline: Deadline | None = None,
) -> FilteredEvents:
    """Return a stream's events of `start` <= time < `end` that meet all conditions, in order, at most `limit`.

    A page for which about `max_examined` rows were read, or half of the deadline's time was needed, is cut: it says
    where the next one goes on.

    Raises: NotFound, PermissionRefused, InvalidInput, TooLarge, StoreUnavailable, StoreTimeout; UnsupportedQuery
    without a range or a lookup, naming those there are.
    """
    check_readable(principal, stream)
    check_asked(principal, stream, (each.name for each in filters.fields))
    window = Window(start, end, newest_first, after)
    rows = max(limit, MIN_PAGE_ROWS)
    if found := find_lookup(stream, filters):
        owner = find_streams([stream])[stream]
        page = FilteredPage(filters, limit, max_examined, stored_in(owner, deadline), deadline)
        return _masked(principal, _fill(page, merge_lists(*found, owner, window, rows)))
    _check_range(start, end, lookups_of(stream))
    source = PushingSource(StreamSource(stream), pushed_values(filters), window)
    page = FilteredPage(filters, limit, max_examined, list, deadline)
    return _masked(principal, _fill(page, Merge(source, window, rows)))


def filtered_by_actor(  # noqa: PLR0913 - keywords, most with a default
    principal: Principal,
    actor: str,
    filters: Filters,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int = 100,
    newest_first: bool = True,
    after: UUID | None = None,
    own_actors: Collection[str] = (),
    max_examined: int = MAX_EXAMINED,
    deadline: Deadline | None = None,
) -> FilteredEvents:
    """Return the events of a range that name the actor, that the principal may read, and that meet all conditions.

    As `filtered_by_stream`; what is hidden from the principal counts as examined, and events meet conditions as they
    are shown to it.

    Raises: InvalidInput, TooLarge, StoreUnavailable, StoreTimeout; UnsupportedQuery without a range.
    """
    check_actor(actor)
    _check_range(start, end)
    resolve = _visible_to(Reader(principal, own_actors), deadline)
    page = FilteredPage(filters, limit, max_examined, resolve, deadline)
    window = Window(start, end, newest_first, after)
    return _fill(page, Merge(ActorSource(actor), window, max(limit, MIN_PAGE_ROWS)))


def _fill(page: FilteredPage, merge: Merge) -> FilteredEvents:
    if not 0 < page.limit <= MAX_PAGE:
        raise TooLarge(f"a page holds 1 to {MAX_PAGE} events", path="limit")
    drive([merge], page.take_ready, page.deadline)
    return page.page()


def _visible_to(reader: Reader, deadline: Deadline | None) -> Resolve:
    def resolve(events: Sequence[Event]) -> list[Event]:
        streams = find_streams({event.stream for event in events})
        visible = [event for event in events if reader.may_read(event, streams.get(event.stream))]
        decided = [event for event in decided_by_streams(visible, streams, left_s(deadline)) if event is not None]
        return shown_events(reader.principal, decided, reader.own_actors)

    return resolve


def _masked(principal: Principal, found: FilteredEvents) -> FilteredEvents:
    return replace(found, events=shown_events(principal, found.events))


def _check_range(start: datetime | None, end: datetime | None, lookups: Iterable[Lookup] = ()) -> None:
    if start is None or end is None:
        others = [_offer(each) for each in lookups if each.deleted is None]
        raise UnsupportedQuery(
            "conditions are checked event by event, so that a question with them needs a range: give both from and to"
            + "".join(f"; {each}" for each in others),
            path="from" if start is None else "to",
        )


def _offer(lookup: Lookup) -> str:
    """Say what a lookup can do for a question without a range."""
    if lookup.is_ready:
        return f"or ask for a value of {lookup.field.name}, which has the lookup {lookup.name!r}"
    progress = f"{lookup.done} of {lookup.total} partitions" if lookup.total else "it begins within a minute"
    return f"the lookup {lookup.name!r} of {lookup.field.name} is {lookup.state}: {progress}, by the job {lookup.job}"
