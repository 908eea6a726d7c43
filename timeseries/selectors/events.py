"""Reading events by stream and by actor, in order, by keyset."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

from core.deadlines import Deadline
from core.errors import NotFound, PermissionRefused, TooLarge
from core.principals import Principal
from timeseries.directory import find_streams
from timeseries.events import Event, check_text
from timeseries.selectors.masking import shown_events
from timeseries.selectors.merging import Merge, drive, list_partitions
from timeseries.selectors.pages import ActorPages, Reader
from timeseries.selectors.sources import ActorSource, StreamSource
from timeseries.session import Request, read_many
from timeseries.statements import STATEMENTS
from timeseries.streams import may_read, may_see
from timeseries.windows import Window

MAX_PAGE = 10_000
MAX_ACTORS = 1_000
MIN_PAGE_ROWS = 20
SCAN_PAGE = 5_000


def events_by_stream(
    principal: Principal,
    stream: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int = 100,
    newest_first: bool = True,
    after: UUID | None = None,
    deadline: Deadline | None = None,
) -> list[Event]:
    """Return a stream's events of `start` <= time < `end` in order of (time, id), at most `limit`.

    `after` is the last event's id of the page before. The order within one microsecond is Cassandra's.

    Raises: NotFound, PermissionRefused, InvalidInput, TooLarge, StoreUnavailable, StoreTimeout.
    """
    _check_limit(limit)
    check_readable(principal, stream)
    page: list[Event] = []
    merge = Merge(StreamSource(stream), Window(start, end, newest_first, after), limit)

    def take_ready(merges: Sequence[Merge]) -> Sequence[Merge]:
        page.extend(islice(merge.ready(), limit - len(page)))
        return merges if len(page) < limit else ()

    drive([merge], take_ready, deadline)
    return shown_events(principal, page)


def scan_events(
    principal: Principal,
    stream: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    newest_first: bool = False,
    after: UUID | None = None,
) -> Iterator[Event]:
    """Go through all events of a range, page by page; take it up again `after` any of them.

    Raises: as `events_by_stream`, at the first event or a later one.
    """
    while True:
        page = events_by_stream(
            principal, stream, start=start, end=end, limit=SCAN_PAGE, newest_first=newest_first, after=after
        )
        yield from page
        if len(page) < SCAN_PAGE:
            return
        after = page[-1].id


def events_by_actors(  # noqa: PLR0913 - keywords, each with a default
    principal: Principal,
    actors: Sequence[str],
    *,
    limit_per_actor: int = 100,
    start: datetime | None = None,
    end: datetime | None = None,
    newest_first: bool = True,
    after: UUID | None = None,
    own_actors: Collection[str] = (),
    streams: Collection[str] | None = None,
    deadline: Deadline | None = None,
) -> dict[str, list[Event]]:
    """Return per actor the events that name it and that the principal may read, in order, at most `limit_per_actor`.

    All actors are read at once. `own_actors`: the names under which the principal itself is an actor; those it reads
    where the stream says so. `streams`: only events of these. What is hidden does not shorten a page, but reading past
    more than `pages.MAX_HIDDEN` of it ends with TooLarge.

    Raises: InvalidInput, TooLarge, StoreUnavailable, StoreTimeout.
    """
    _check_limit(limit_per_actor)
    if len(actors) > MAX_ACTORS:
        raise TooLarge(f"{len(actors)} actors in one read; at most {MAX_ACTORS}", path="actors")
    for actor in actors:
        check_text(actor, "actor", path="actors")
    window = Window(start, end, newest_first, after)
    page_rows = max(limit_per_actor, MIN_PAGE_ROWS)
    merges = {actor: Merge(ActorSource(actor), window, page_rows) for actor in dict.fromkeys(actors)}
    pages = {actor: list[Event]() for actor in merges}
    by_merge = {id(merge): pages[actor] for actor, merge in merges.items()}
    taker = ActorPages(Reader(principal, own_actors, streams), limit_per_actor, by_merge, deadline)
    drive(list(merges.values()), taker.take_ready, deadline)
    return {actor: shown_events(principal, page, own_actors) for actor, page in pages.items()}


def count_events(stream: str) -> int:
    """Count a stream's events by reading every listed partition: for checks, not for requests of users.

    Raises: StoreUnavailable, StoreTimeout.
    """
    partitions = list_partitions(StreamSource(stream))
    counts = read_many([Request(STATEMENTS[each.retention].count_partition, each.key) for each in partitions])
    return sum(rows[0][0] for rows in counts)


def check_readable(principal: Principal, name: str) -> None:
    """Check that the principal reads all of the stream.

    Raises: NotFound, PermissionRefused, StoreUnavailable, StoreTimeout.
    """
    stream = find_streams([name]).get(name)
    if stream is None or not may_see(principal, stream):
        raise NotFound(f"no stream {name[:128]!r}")
    if not may_read(principal, stream):
        raise PermissionRefused(f"the stream {name!r} is read by its owner and readers only")


def _check_limit(limit: int) -> None:
    if not 0 < limit <= MAX_PAGE:
        raise TooLarge(f"a page holds 1 to {MAX_PAGE} events", path="limit")
