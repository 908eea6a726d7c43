"""Answers a mixed read: runs a plan's waves, the batches of a wave at the same time, and says honestly what is missing.

Called by `api/`. The root is required: when its store fails, so does the answer. Everything else is optional: a store
that is down or late leaves a gap.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
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
    run = _Run(Question(plan, tuple(user_ids), principal, deadline, sources))
    as_of = now()
    for number, wave in enumerate(plan.waves, start=1):
        run.results.update(run.ask_wave(wave, number))
        if number == 1:
            _require_roots(run.question, run.results)
    return MixedAnswer(
        assemble_users(run.question, run.results), find_gaps(run.question, run.results), tuple(run.timings), as_of
    )


def _require_roots(question: Question, results: Results) -> None:
    root = results[question.plan.reads[0]]
    if root.error:
        raise root.error
    if {arrival.item.id for arrival in root.arrivals} < set(question.roots):
        raise NotFound("no such user")


@dataclass(slots=True)
class _Run:
    """One answer in the making."""

    question: Question
    results: dict[Read, ReadResult] = field(default_factory=dict)
    timings: list[BatchTiming] = field(default_factory=list)
    started_s: float = field(default_factory=time.monotonic)

    def ask_wave(self, wave: Sequence[Batch], number: int) -> dict[Read, ReadResult]:
        """Ask the stores of a wave at the same time; who is late by the deadline is not waited for."""
        known = dict(self.results)
        started_s = time.monotonic()
        running = [(batch, _submit_batch(batch, known, self.question)) for batch in wave]
        wait([future for _, future in running], timeout=self.question.deadline.remaining_s())
        answered: dict[Read, ReadResult] = {}
        for batch, future in running:
            results, ended_s = _outcome(batch, future)
            answered.update(results)
            _log_failure(batch, results)
            self.timings.append(
                BatchTiming(
                    batch.store, number, _milliseconds(started_s - self.started_s), _milliseconds(ended_s - started_s)
                ),
            )
        return answered


Outcome = tuple[dict[Read, ReadResult], float]


def _submit_batch(batch: Batch, known: Results, question: Question) -> "Future[Outcome]":
    try:
        return workers_of(batch.store).submit(lambda: (read_batch(batch, known, question), time.monotonic()))
    except StoreUnavailable as error:
        refused: Future[Outcome] = Future()
        refused.set_result((_failed(batch, error), time.monotonic()))
        return refused


def _outcome(batch: Batch, future: "Future[Outcome]") -> Outcome:
    if not future.done():
        return _failed(batch, StoreTimeout("no answer within the deadline", store=batch.store)), time.monotonic()
    return future.result()


def _log_failure(batch: Batch, results: Results) -> None:
    """Keep for the operator what the answer does not tell: the store's own words."""
    for error in {id(result.error): result.error for result in results.values() if result.error}.values():
        logger.warning("a mixed read lost '%s': %s: %s", batch.store, error.code, error.message)


def _failed(batch: Batch, error: TriviumError) -> dict[Read, ReadResult]:
    return {read: ReadResult(error=error) for read in batch.reads}


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
