"""Finding streams."""

from uuid import UUID

from core.errors import NotFound, TooLarge
from core.principals import Principal
from timeseries.directory import find_streams, next_streams
from timeseries.streams import Stream, check_stream_name, may_see

MAX_PAGE = 1_000
SCAN_PAGE = 500


def stream_by_name(principal: Principal, name: str) -> Stream:
    """Return the stream.

    Raises: NotFound (also when it is not the principal's to see), StoreUnavailable, StoreTimeout.
    """
    stream = find_streams([name]).get(name)
    if stream is None or not may_see(principal, stream):
        raise NotFound(f"no stream {name[:128]!r}")
    return stream


def streams_page(principal: Principal, *, limit: int = 100, after: str = "") -> list[Stream]:
    """Return the streams that the principal may see, by name, those after the name `after`.

    `limit` is at most MAX_PAGE and one more, which tells whether there is a next page.

    Raises: InvalidInput, TooLarge, StoreUnavailable, StoreTimeout.
    """
    if not 0 < limit <= MAX_PAGE + 1:
        raise TooLarge(f"a page holds 1 to {MAX_PAGE} streams", path="limit")
    if after:
        check_stream_name(after)
    page: list[Stream] = []
    while len(page) < limit:
        following = next_streams(after, SCAN_PAGE)
        page += [stream for stream in following if may_see(principal, stream)]
        if len(following) < SCAN_PAGE:
            break
        after = following[-1].name
    return page[:limit]


def owns_streams(owner_id: UUID) -> bool:
    """Tell whether any stream belongs to a user or team; every stream is looked at.

    Raises: StoreUnavailable, StoreTimeout.
    """
    after = ""
    while following := next_streams(after, SCAN_PAGE):
        if any(stream.owner == owner_id for stream in following):
            return True
        after = following[-1].name
    return False
