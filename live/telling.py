"""What one connection is told: first what was before, where that is asked for, then what comes, until its end."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import aclosing, contextmanager
from datetime import datetime
from uuid import UUID

from core.errors import Overloaded, TriviumError
from core.principals import Principal
from core.times import now
from live.callers import Caller
from live.limits import LIMITS
from live.listeners import Listener
from live.messages import HEARTBEAT, RETRY, end_of, message_of
from live.metrics import count_end, count_events
from live.reading import PAGE_ROWS, check_readable, read_page
from live.refusals import Throttled
from live.tails import TAILS, Tail
from live.watching import watch
from timeseries.events import Event


async def tell_events(
    caller: Caller, principal: Principal, stream: str, start: datetime | None
) -> AsyncIterator[bytes]:
    """Go through what a caller is told of a stream, from `start` on; None: what comes from now on.

    What refuses the caller is raised before the first piece; from that piece on every event is told.

    Raises: NotFound, PermissionRefused, Overloaded, Throttled, StoreError.
    """
    await check_readable(principal, stream)
    with _listening(caller, principal, stream) as listener:
        tail = await TAILS.use(stream)
        try:
            async for piece in _tell(principal, tail, listener, start):
                listener.note_handed(is_taken=False)
                yield piece
                listener.note_handed(is_taken=True)
        finally:
            tail.listeners.discard(listener)
            TAILS.leave(tail)


async def all_of(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Go through the first piece and the rest; an error in the middle becomes the stream's end."""
    async with aclosing(rest):  # type: ignore[type-var]  # it is a generator
        yield first
        try:
            async for piece in rest:
                yield piece
        except TriviumError as error:
            end = end_of(error)
            count_end(end.code)
            yield end.text


@contextmanager
def _listening(caller: Caller, principal: Principal, stream: str) -> Iterator[Listener]:
    """Count one connection more, and watch over it. Raises: Overloaded, Throttled."""
    _check_room(principal.user_id)
    listener = Listener()
    TAILS.listeners[listener] = principal.user_id
    watching = asyncio.create_task(watch(caller, stream, listener), name=f"watch over a listener to {stream}")
    try:
        yield listener
    finally:
        watching.cancel()
        listener.close()
        del TAILS.listeners[listener]


def _check_room(user_id: UUID) -> None:
    if TAILS.end is not None:
        raise Overloaded(TAILS.end.detail)
    if len(TAILS.listeners) >= LIMITS.max_listeners:
        raise Overloaded(f"{LIMITS.max_listeners} connections are open here: try again later")
    if list(TAILS.listeners.values()).count(user_id) >= LIMITS.max_listeners_per_caller:
        raise Throttled(f"you have {LIMITS.max_listeners_per_caller} connections open here: close one first")


async def _tell(principal: Principal, tail: Tail, listener: Listener, start: datetime | None) -> AsyncIterator[bytes]:
    told: set[UUID] = set()
    if start is None:
        tail.listeners.add(listener)
        yield RETRY
    else:
        async for piece in _tell_former(principal, tail, listener, start, told):
            yield piece
    async for piece in _tell_coming(listener, told):
        yield piece


async def _tell_former(
    principal: Principal,
    tail: Tail,
    listener: Listener,
    start: datetime,
    told: set[UUID],
) -> AsyncIterator[bytes]:
    """Tell what is stored; then listen, and tell what was stored between the last read and that."""
    head = RETRY
    async for page in _pages(principal, tail.stream, start):
        yield head + _text(page, told)
        head = b""
        if listener.end is not None:
            return
    tail.listeners.add(listener)
    async for page in _pages(principal, tail.stream, max(start, now() - 2 * LIMITS.look_back)):
        yield _text(page, told)


async def _pages(principal: Principal, stream: str, start: datetime) -> AsyncIterator[list[Event]]:
    after = None
    while True:
        page = await read_page(principal, stream, start=start, after=after)
        yield page
        if len(page) < PAGE_ROWS:
            return
        after = page[-1].id


def _text(page: Iterable[Event], told: set[UUID]) -> bytes:
    """Make the text of what was not told yet, and remember of it what may be read again."""
    fresh = [event for event in page if event.id not in told]
    since = now() - 2 * LIMITS.look_back
    told.update(event.id for event in fresh if event.time >= since)
    count_events(len(fresh))
    return b"".join(message_of(event).text for event in fresh)


async def _tell_coming(listener: Listener, told: set[UUID]) -> AsyncIterator[bytes]:
    while True:
        messages = [message for message in await listener.take(LIMITS.heartbeat_s) if message.id not in told]
        count_events(len(messages))
        text = b"".join(message.text for message in messages)
        if listener.end is not None:
            count_end(listener.end.code)
            yield text + listener.end.text
            return
        yield text or HEARTBEAT
