"""Answers a mixed read: runs a plan's batches, at the same time what can be, and says honestly what is missing.

Called by `api/`. The root is required: when its store fails, so does the answer. Everything else is optional: a store
that is down or late leaves a gap.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from uuid import UUID

from core.deadlines import Deadline
from core.errors import NotFound, StoreTimeout, StoreUnavailable, TooLarge, TriviumError
from core.principals import Principal
from core.times import now
from query.answers import BatchTiming, MixedAnswer
from query.assembly import assemble_users, find_gaps
from query.language import Expansion, MixedQuery
from query.links import Link, declared_links
from query.plan import Batch, Read, make_plan
from query.reading import Question, ReadResult, Results, read_batch
from query.sources import SOURCES, Source
from query.workers import workers_of

MAX_ROOTS = 200

logger = logging.getLogger(__name__)


def expand_users(
    principal: Principal,
    user_ids: Sequence[UUID],
    expansions: Sequence[Expansion],
    deadline: Deadline,
    *,
    links: Sequence[Link] | None = None,
    sources: Mapping[str, Source] = SOURCES,
) -> MixedAnswer:
    """Return up to 200 users, each with what is to be expanded, read in waves that do not grow with their number.

    Raises: NotFound when a user is not there or not the principal's to see, TooLarge above 200 users, StoreUnavailable
    and StoreTimeout when the users cannot be read. A failure of anything else is a gap of the answer.
    """
    if len(user_ids) > MAX_ROOTS:
        raise TooLarge(f"{len(user_ids)} users at once: at most {MAX_ROOTS}", path="ids")
    plan = make_plan(MixedQuery(tuple(expansions)), declared_links() if links is None else links)
    question = Question(plan, tuple(user_ids), principal, deadline, sources)
    as_of = now()
    run = _Run(question)
    run.run_batches()
    users, gaps = assemble_users(question, run.results), find_gaps(question, run.results)
    return MixedAnswer(users, gaps, tuple(run.timings), as_of)


def _require_roots(question: Question, results: Results) -> None:
    root = results[question.plan.reads[0]]
    if root.error:
        raise root.error
    if {arrival.item.id for arrival in root.arrivals} < set(question.roots):
        raise NotFound("no such user")


Outcome = tuple[dict[Read, ReadResult], float]


@dataclass(frozen=True, slots=True)
class _Running:
    """A batch that a store is working on."""

    batch: Batch
    wave: int
    started_s: float


@dataclass(slots=True)
class _Run:
    """One answer in the making: what was given so far, and which batches are under way."""

    question: Question
    results: dict[Read, ReadResult] = field(default_factory=dict)
    timings: list[BatchTiming] = field(default_factory=list)
    running: dict["Future[Outcome]", _Running] = field(default_factory=dict)
    began_s: float = field(default_factory=time.monotonic)

    def run_batches(self) -> None:
        """Start each batch when what feeds it is there, so that none waits for a store it has nothing to do with."""
        waiting = [(batch, number) for number, wave in enumerate(self.question.plan.waves, start=1) for batch in wave]
        while waiting or self.running:
            for batch, wave in [each for each in waiting if each[0].needs <= self.results.keys()]:
                waiting.remove((batch, wave))
                self._start(batch, wave)
            self._settle()

    def _start(self, batch: Batch, wave: int) -> None:
        started = _Running(batch, wave, time.monotonic())
        known = dict(self.results)

        def work() -> Outcome:
            return read_batch(batch, known, self.question), time.monotonic()

        # After the deadline no store is asked: the reads that would have asked one fail, the others have nothing to do.
        is_late = self.question.deadline.has_passed()
        self.running[_done(work()) if is_late else _submit(batch, work)] = started

    def _settle(self) -> None:
        """Take what is answered next; at the deadline take what is under way for failed, and wait for it no more."""
        answered, _ = wait(self.running, self.question.deadline.remaining_s(), return_when=FIRST_COMPLETED)
        for future in answered or list(self.running):
            started = self.running.pop(future)
            late = StoreTimeout("no answer within the deadline", store=started.batch.store)
            results, ended_s = future.result() if answered else (_failed(started.batch, late), time.monotonic())
            self.results.update(results)
            self._note(started, ended_s)
            _log_failure(started.batch, results)
            if started.wave == 1:
                _require_roots(self.question, self.results)

    def _note(self, started: _Running, ended_s: float) -> None:
        since_ms = _milliseconds(started.started_s - self.began_s)
        took_ms = _milliseconds(ended_s - started.started_s)
        self.timings.append(BatchTiming(started.batch.store, started.wave, since_ms, took_ms))


def _submit(batch: Batch, work: Callable[[], Outcome]) -> "Future[Outcome]":
    try:
        return workers_of(batch.store).submit(work)
    except StoreUnavailable as error:
        return _done((_failed(batch, error), time.monotonic()))


def _done(outcome: Outcome) -> "Future[Outcome]":
    future: Future[Outcome] = Future()
    future.set_result(outcome)
    return future


def _log_failure(batch: Batch, results: Results) -> None:
    """Keep for the operator what the answer does not tell: the store's own words."""
    for error in {id(result.error): result.error for result in results.values() if result.error}.values():
        logger.warning("a mixed read lost '%s': %s: %s", batch.store, error.code, error.message)


def _failed(batch: Batch, error: TriviumError) -> dict[Read, ReadResult]:
    return {read: ReadResult(error=error) for read in batch.reads}


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
