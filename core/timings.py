"""How long each store took: measured at its edge, recorded for the request that asked and told to whoever listens.

The stores wrap what they ask their servers in `measured`; the gate of the API opens a record per request
(`recorded_timings`), from which come the log line and `Server-Timing`; the metrics listen (`listen`).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import NamedTuple, Self

from core.errors import TriviumError

UNEXPECTED = "internal_error"


class StoreTime(NamedTuple):
    """One piece of work in one store: its alias, `read` or `write`, seconds, and the code of the error it ended in."""

    store: str
    operation: str
    seconds: float
    code: str


class Timings:
    """What one request spent in the stores; its pieces may come from several threads."""

    __slots__ = ("pieces",)

    def __init__(self) -> None:
        self.pieces: list[StoreTime] = []

    def seconds_by_store(self) -> dict[str, float]:
        """Sum the seconds of each store that was asked, by alias; what ran side by side counts side by side."""
        sums: dict[str, float] = {}
        for piece in self.pieces:
            sums[piece.store] = sums.get(piece.store, 0.0) + piece.seconds
        return sums


_timings: ContextVar[Timings | None] = ContextVar("timings", default=None)
# The innermost block that is being measured, which knows the one around it.
_innermost: "ContextVar[measured | None]" = ContextVar("innermost", default=None)
_listeners: list[Callable[[StoreTime], None]] = []


@contextmanager
def recorded_timings() -> Iterator[Timings]:
    """Record what this context, and those copied from it, spend in the stores."""
    timings = Timings()
    token = _timings.set(timings)
    try:
        yield timings
    finally:
        _timings.reset(token)


def listen(listener: Callable[[StoreTime], None]) -> None:
    """Tell a function of every piece of work in a store from now on, on the thread that did it; once per function."""
    if listener not in _listeners:
        _listeners.append(listener)


class measured:  # noqa: N801 - it reads as the context manager that it is
    """Measure a block as work in a store; what is measured within it, in the same store, counts once.

    `code` may be set where errors are returned rather than raised.
    """

    __slots__ = ("_started_s", "around", "code", "is_open", "operation", "store")

    def __init__(self, store: str, *, writing: bool) -> None:
        self.store, self.operation, self.code = store, "write" if writing else "read", ""
        self.around: measured | None = None
        self.is_open = False

    def __enter__(self) -> Self:
        around = _innermost.get()
        # An iterator over rows may be closed in another context than it was begun in: here it would stay for ever.
        while around is not None and not around.is_open:
            around = around.around
        self.around, self.is_open = around, True
        _innermost.set(self)
        self._started_s = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.perf_counter() - self._started_s
        self.is_open = False
        _innermost.set(self.around)
        if self._is_within_same():
            return
        if kind is not None:
            self.code = kind.code if issubclass(kind, TriviumError) else UNEXPECTED
        _tell(StoreTime(self.store, self.operation, seconds, self.code))

    def _is_within_same(self) -> bool:
        around: measured | None = self.around
        while around is not None and around.store != self.store:
            around = around.around
        return around is not None


def _tell(piece: StoreTime) -> None:
    timings = _timings.get()
    if timings is not None:
        timings.pieces.append(piece)
    for listener in _listeners:
        listener(piece)
