"""One who listens: what waits for them, bounded, and why it ends."""

import asyncio
from collections.abc import Sequence

from live.limits import LIMITS
from live.messages import TOO_SLOW, End, Message

# What waits is let go of so long after the end: who takes nothing gets it no more, and has its place until they leave.
PATIENCE_S = 10.0


class Listener:
    """A bounded buffer between a tail and a connection; used on the event loop's thread only."""

    def __init__(self) -> None:
        self.end: End | None = None
        self._handed_s: float | None = None
        self._letting_go: asyncio.TimerHandle | None = None
        self._waiting: list[Message] = []
        self._size = 0
        self._changed = asyncio.Event()

    def give(self, messages: Sequence[Message]) -> None:
        """Let messages wait; who has not taken more than the bound of former ones is ended instead.

        So what waits is bounded by that and by one page more, and a page never ends who keeps up.
        """
        if self._size > LIMITS.buffer_bytes:
            self.finish(TOO_SLOW)
        if self.end is None:
            self._waiting.extend(messages)
            self._size += sum(len(message.text) for message in messages)
            if self._waiting:
                self._changed.set()

    def note_handed(self, *, is_taken: bool) -> None:
        """Note that a piece was handed to the connection, or that it was taken."""
        self._handed_s = None if is_taken else asyncio.get_running_loop().time()

    def waits_s(self) -> float:
        """Return for how many seconds a piece has waited to be taken."""
        return 0.0 if self._handed_s is None else asyncio.get_running_loop().time() - self._handed_s

    def finish(self, end: End) -> None:
        """Say that nothing comes after what waits already; the first reason stays."""
        if self.end is None:
            self.end = end
            self._changed.set()
            self._letting_go = asyncio.get_running_loop().call_later(PATIENCE_S, self._take_all)

    def close(self) -> None:
        """Let go of the connection: it has ended."""
        if self._letting_go is not None:
            self._letting_go.cancel()

    async def take(self, timeout_s: float) -> list[Message]:
        """Return what waits, as soon as there is any or the end is known; nothing after the timeout."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._changed.wait()
        except TimeoutError:
            return []
        self._changed.clear()
        return self._take_all()

    def _take_all(self) -> list[Message]:
        taken, self._waiting, self._size = self._waiting, [], 0
        return taken
