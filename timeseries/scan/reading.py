"""Reading slices: several at once, the next page of each asked for before the one in hand is consumed.

Called by `exports/`. What is read ahead is one page per slice in flight, however slow the consumer is. A page that
fails is read again from its position before the error goes up.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from types import MappingProxyType
from typing import NamedTuple

import stamina

import native
from core.errors import InvalidInput, StoreError, StoreTimeout, StoreUnavailable, TriviumError
from native.rows import MalformedRows
from timeseries.failures import DRIVER_ERRORS, STORE, translate
from timeseries.scan import session
from timeseries.scan.messages import Answer
from timeseries.scan.pages import DONE, START, Page, position_in_partition, position_in_tokens, read_position
from timeseries.scan.picking import mask_of
from timeseries.scan.queries import Query, Wanted, query_of
from timeseries.scan.slices import Slice
from timeseries.scan.throttle import Throttle
from timeseries.session import keyspace

IN_FLIGHT, MAX_IN_FLIGHT = 4, 64
PAGE_ROWS, MAX_PAGE_ROWS = 5_000, 20_000
FIRST_PAGE_ROWS, FEWEST_ROWS = 1_000, 20
PAGE_BYTES = 2 << 20  # what a page should not exceed where rows are large
LONGEST_SLEEP_S = 0.5  # so soon a scan that rests sees that nobody wants it
RETRIED = (StoreTimeout, StoreUnavailable)
ATTEMPTS, FIRST_WAIT_S, MAX_WAIT_S = 8, 0.5, 15.0


@dataclass(slots=True)
class _Reader:
    """One slice as it is read."""

    number: int
    query: Query
    kind: str
    cql: str
    max_rows: int
    partition: int
    state: bytes
    throttle: Throttle
    rows: int = FIRST_PAGE_ROWS
    asked_s: float = 0.0

    @property
    def is_of_partitions(self) -> bool:
        """Whether single partitions are read."""
        return self.query.part.partitions is not None

    def ask(self, on_answer: Callable[[Answer | Exception], None]) -> None:
        """Ask for the next page."""
        self.asked_s = time.monotonic()
        session.ask(
            self.cql,
            self.query.values(self.partition),
            kind=self.kind,
            state=self.state,
            rows=min(self.rows, self.max_rows, self.throttle.max_page_rows or MAX_PAGE_ROWS),
            on_answer=on_answer,
        )

    def take(self, answer: Answer) -> Page:
        """Go on to the position after a page, and return it."""
        position = self._advance(answer.state)
        self._fit_rows(answer)
        try:
            mask = mask_of(answer, self.query)
        except MalformedRows as error:
            raise StoreError(str(error), store=STORE) from error
        return Page(
            slice=self.number,
            rows=answer.rows if mask is None else mask.count(1),
            body=answer.body,
            position=position,
            is_last=position == DONE,
            kind=self.kind,
            columns=self.query.columns,
            body_rows=answer.rows,
            mask=mask,
        )

    def _advance(self, state: bytes | None) -> bytes:
        partitions = self.query.part.partitions
        self.state = state or b""
        if partitions is None:
            return position_in_tokens(state)
        if state is None:
            self.partition += 1
        return DONE if self.partition == len(partitions) else position_in_partition(self.partition, self.state)

    def _fit_rows(self, answer: Answer) -> None:
        """Ask for as many rows next as fill a page's bytes, by what these were."""
        if answer.rows:
            self.rows = max(FEWEST_ROWS, min(self.max_rows, PAGE_BYTES * answer.rows // max(1, answer.size)))


class _Arrival(NamedTuple):
    reader: _Reader
    answer: Answer | Exception
    took_s: float


@dataclass(slots=True)
class _Scan:
    """Readers in flight, and the answers as they come."""

    waiting: deque[_Reader]
    answers: SimpleQueue[_Arrival] = field(default_factory=SimpleQueue)
    in_flight: int = 0

    def ask_next(self) -> None:
        """Begin with another slice, if there is one."""
        if self.waiting:
            self.ask(self.waiting.popleft())

    def ask(self, reader: _Reader) -> None:
        """Ask for a reader's next page."""
        self.in_flight += 1
        try:
            reader.ask(lambda answer: self.answers.put(_Arrival(reader, answer, time.monotonic() - reader.asked_s)))
        except RETRIED as error:
            self.answers.put(_Arrival(reader, error, 0.0))

    def next_page(self, stop: Callable[[], bool]) -> tuple[_Reader, Page, float]:
        """Wait for any page; return it with how long it took. Raises: StoreUnavailable, StoreTimeout, StoreError."""
        reader, answer, took_s = self.answers.get()
        self.in_flight -= 1
        if isinstance(answer, Exception):
            answer = _read_again(reader, answer, stop)
        return reader, reader.take(answer), took_s


def scan(
    slices: Sequence[Slice],
    wanted: Wanted,
    *,
    positions: Mapping[int, bytes] = MappingProxyType({}),
    in_flight: int = IN_FLIGHT,
    page_rows: int = PAGE_ROWS,
    throttle: Throttle | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Page]:
    """Read slices page by page, each from its position on (by its number; none: from the beginning, DONE: not at all).

    At most `in_flight` slices at once, in their order; pages of one slice come in order, those of several as they are
    read. At most `in_flight` pages are held beside the one given out: reading waits for the consumer. Every slice
    ends with a page that `is_last`, which may be empty, unless `stop` says that no more is wanted.

    Raises: InvalidInput for a position of another scan; StoreUnavailable, StoreTimeout once a page has failed
    ATTEMPTS times; StoreError.
    """
    if not (0 < in_flight <= MAX_IN_FLIGHT and 0 < page_rows <= MAX_PAGE_ROWS):
        raise InvalidInput(f"a scan has 1 to {MAX_IN_FLIGHT} slices in flight, pages 1 to {MAX_PAGE_ROWS} rows")
    throttle = throttle or Throttle()
    readers = [
        _reader(number, query_of(part, wanted), positions.get(number, START), page_rows, throttle)
        for number, part in enumerate(slices)
        if positions.get(number) != DONE
    ]
    return _pages(_Scan(deque(readers)), in_flight, throttle, stop)


def _pages(running: _Scan, in_flight: int, throttle: Throttle, stop: Callable[[], bool]) -> Iterator[Page]:
    for _ in range(in_flight):
        running.ask_next()
    while running.in_flight and not stop():
        try:
            reader, page, took_s = running.next_page(stop)
        except RETRIED:
            if stop():
                return
            raise
        _rest(throttle.pause_s(page.body_rows, took_s=took_s, is_read=reader.is_of_partitions), stop)
        if page.is_last:
            running.ask_next()
        else:
            running.ask(reader)
        yield page


def _rest(pause_s: float, stop: Callable[[], bool]) -> None:
    until_s = time.monotonic() + pause_s
    while (left_s := until_s - time.monotonic()) > 0 and not stop():
        time.sleep(min(left_s, LONGEST_SLEEP_S))


def _reader(number: int, query: Query, position: bytes, page_rows: int, throttle: Throttle) -> _Reader:
    kind = native.engine()
    partitions = query.part.partitions
    partition, state = read_position(position, partitions=None if partitions is None else len(partitions))
    cql = query.cql(keyspace(), as_json=kind == native.PORTABLE)
    return _Reader(number, query, kind, cql, page_rows, partition, state, throttle)


def _read_again(reader: _Reader, failure: Exception, stop: Callable[[], bool]) -> Answer:
    """Read a page that has failed, until it comes, it has failed ATTEMPTS times, or nobody wants it."""
    error = _as_trivium(failure)
    is_wanted = lambda raised: isinstance(raised, RETRIED) and not stop()  # noqa: E731 - said in one place
    retries = stamina.retry_context(
        on=is_wanted, attempts=ATTEMPTS, timeout=None, wait_initial=FIRST_WAIT_S, wait_max=MAX_WAIT_S
    )
    is_first = True
    for attempt in retries:
        with attempt:
            if is_first:
                is_first = False
                raise error
            return _read_now(reader)
    raise AssertionError("stamina ends with an answer or an error")


def _read_now(reader: _Reader) -> Answer:
    answers: SimpleQueue[Answer | Exception] = SimpleQueue()
    reader.ask(answers.put)
    answer = answers.get()
    if isinstance(answer, Exception):
        raise _as_trivium(answer)
    return answer


def _as_trivium(error: Exception) -> TriviumError:
    if isinstance(error, TriviumError):
        return error
    if isinstance(error, DRIVER_ERRORS):
        translation = translate(error, writing=False)
        translation.__cause__ = error
        return translation
    raise error
