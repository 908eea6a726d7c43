"""One call's chunks: read while others are written, and what became of their events. Called by `ingest`.

Reading and placing a chunk happen on the caller's thread, writing on others, at most WRITERS_AT_ONCE chunks at a time:
the caller reads on while Cassandra works, and no faster than it works.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field

from core.deadlines import renewed
from core.errors import InvalidInput, StoreUnavailable, TriviumError
from timeseries.services.accounting import count, examine
from timeseries.services.chunks import AppendResult, Chunk
from timeseries.services.writing import Failures, write_chunk

WRITERS_AT_ONCE = 2
# Refusing costs more than storing. What has more wrong lines than this, and than right ones, is no log of events.
MAX_REJECTED = 10_000


@dataclass(slots=True)
class AppendSummary:
    """What became of the events of one call; `lines` of what was sent are dealt with, in order.

    `results` are those that were asked for, with their places. `failure` says why the rest was not dealt with.
    """

    lines: int = 0
    stored: int = 0
    rejected: int = 0
    unknown: int = 0
    results: list[tuple[int, AppendResult]] = field(default_factory=list)
    failure: TriviumError | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which results are kept: of all events while there are no more than `all`, else the first `failed` not stored."""

    all: int = 0
    failed: int = 0


class Appending:
    """Chunks that are being written, oldest first."""

    def __init__(self, wanted: Wanted) -> None:
        self.summary = AppendSummary()
        self._wanted = wanted
        self._waiting: deque[tuple[Chunk, Future[Failures]]] = deque()
        self._pool = ThreadPoolExecutor(WRITERS_AT_ONCE, thread_name_prefix="append")

    def add(self, chunk: Chunk) -> None:
        """Have a chunk written, once fewer than WRITERS_AT_ONCE are.

        Raises: StoreUnavailable, StoreTimeout when an earlier one found the store so; InvalidInput for too many wrong
        lines.
        """
        while len(self._waiting) >= WRITERS_AT_ONCE or (self._waiting and chunk.has_client_ids()):
            self._finish_one()
        self._waiting.append((chunk, self._pool.submit(copy_context().run, store, chunk)))

    def finish(self) -> None:
        """Wait for all. Raises: StoreUnavailable, StoreTimeout."""
        while self._waiting:
            self._finish_one()

    def close(self) -> None:
        """End the threads, once what they write is written."""
        self._pool.shutdown()

    def _finish_one(self) -> None:
        chunk, future = self._waiting.popleft()
        failures = future.result()
        refuse_if_nothing_was_done(chunk, failures)
        self._count(chunk, failures)
        if self.summary.rejected > max(MAX_REJECTED, self.summary.stored):
            remedy = "send one event, a JSON object, on each line"
            raise InvalidInput(f"{self.summary.rejected} of {self.summary.lines} lines are wrong: {remedy}")

    def _count(self, chunk: Chunk, failures: Failures) -> None:
        summary = self.summary
        if summary.lines + len(chunk) <= self._wanted.all:
            wanted: Iterable[int] = range(len(chunk))
        else:
            wanted = sorted(chunk.rejected.keys() | failures.keys())
            summary.results = [each for each in summary.results if each[1].status != "stored"][: self._wanted.failed]
            wanted = wanted[: self._wanted.failed - len(summary.results)]
        summary.results += [(summary.lines + place, result_of(chunk, place, failures)) for place in wanted]
        summary.lines += len(chunk)
        summary.rejected += len(chunk.rejected)
        summary.unknown += len(failures)
        summary.stored += len(chunk) - len(chunk.rejected) - len(failures)


@contextmanager
def appending(wanted: Wanted) -> Iterator[Appending]:
    """Write chunks; what is being written at the end of the block is waited for."""
    work = Appending(wanted)
    try:
        yield work
    finally:
        work.close()


def store(chunk: Chunk) -> Failures:
    """Check a chunk against its stream, write it, and count it; return what went wrong, by place.

    Raises: Conflict, QuotaExceeded, StoreUnavailable, StoreTimeout when nothing was written.
    """
    with renewed():
        examine(chunk)
        failures = write_chunk(chunk)
        count(chunk, failures)
    return failures


def result_of(chunk: Chunk, place: int, failures: Failures) -> AppendResult:
    """Say what became of one event."""
    if place in chunk.rejected:
        return chunk.rejected[place]
    failure = failures.get(place)
    if failure is None:
        return AppendResult("stored", chunk.id(place))
    return AppendResult("unknown", chunk.id(place), failure.code, failure.message)


def refuse_if_nothing_was_done(chunk: Chunk, failures: Failures) -> None:
    """Raise what went wrong where no event was written, not even perhaps. Raises: StoreUnavailable."""
    sent = len(chunk) - len(chunk.rejected)
    if sent and sum(isinstance(each, StoreUnavailable) for each in failures.values()) == sent:
        raise next(iter(failures.values()))
