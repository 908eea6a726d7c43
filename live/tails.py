"""Tails: one poll per stream for all who listen to it.

Every pass reads the events from the look-back before the pass before it to the near future, and tells those that it has
not seen. So an event is told once, if it arrives no later than the look-back after its own time.
"""

import asyncio
import logging
from datetime import datetime
from uuid import UUID

from core.errors import StoreError
from core.principals import SYSTEM
from core.times import now
from live.limits import LIMITS
from live.listeners import Listener
from live.messages import End, message_of
from live.reading import PAGE_ROWS, read_page
from timeseries.events import Event

logger = logging.getLogger(__name__)
AFTER_FAILURE_S = 2.0


class Tail:
    """The poll of one stream; it runs as long as `users` is above zero."""

    listeners: set[Listener]
    _seen: dict[UUID, datetime]

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.users = 0
        self.listeners = set()
        self._seen = {}
        self._since = now() - LIMITS.look_back
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(), name=f"tail of {stream}")

    def stop(self) -> None:
        """End the poll."""
        self._task.cancel()

    async def _run(self) -> None:
        """Poll until stopped. What is there before the first pass is not told; its failure is that of `ready`."""
        try:
            await self._pass()
        except StoreError as error:
            self.ready.set_exception(error)
            return
        self.ready.set_result(None)
        while True:
            await asyncio.sleep(LIMITS.poll_s)
            try:
                await self._pass()
            except StoreError as error:
                logger.warning("the tail of %s waits for its store: %s", self.stream, error.message)
                await asyncio.sleep(AFTER_FAILURE_S)

    async def _pass(self) -> None:
        started, after = now(), None
        while True:
            page = await read_page(SYSTEM, self.stream, start=self._since, after=after)
            self._tell([event for event in page if event.id not in self._seen])
            if len(page) < PAGE_ROWS:
                break
            after = page[-1].id
        self._since = started - LIMITS.look_back
        self._seen = {event: time for event, time in self._seen.items() if time >= self._since}

    def _tell(self, fresh: list[Event]) -> None:
        self._seen.update((event.id, event.time) for event in fresh)
        messages = [message_of(event) for event in fresh] if self.listeners else []
        for listener in self.listeners:
            listener.give(messages)


class Tails:
    """The tails that run, by stream, and how many listen."""

    listeners: dict[Listener, UUID]

    def __init__(self) -> None:
        self._tails: dict[str, Tail] = {}
        self.listeners = {}
        self.end: End | None = None

    def finish(self, end: End) -> None:
        """End every listener, and every one to come."""
        self.end = end
        for listener in self.listeners:
            listener.finish(end)

    async def use(self, stream: str) -> Tail:
        """Return the stream's tail once its first pass is done; `leave` it in the end, whatever happens.

        Raises: StoreError.
        """
        tail = self._tails.get(stream)
        if tail is None:
            tail = self._tails[stream] = Tail(stream)
        tail.users += 1
        try:
            await asyncio.shield(tail.ready)
        except BaseException:
            self.leave(tail)
            raise
        return tail

    def leave(self, tail: Tail) -> None:
        """Stop the tail when nobody uses it any more."""
        tail.users -= 1
        if tail.users == 0:
            tail.stop()
            del self._tails[tail.stream]


TAILS = Tails()
