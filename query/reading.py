"""One batch on one store: collects what each read is fed, asks the source, and notes which root each item belongs to.

Called by `query.engine` on a worker's thread; shares nothing with other batches but what earlier waves gave.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.deadlines import Deadline
from core.errors import NotFound, StoreTimeout, TooLarge, TriviumError
from core.principals import Principal
from query.conversions import CONVERSIONS
from query.plan import Batch, Feed, Plan, Read
from query.resources import KEYS, RESOURCES, ROOT
from query.sources import Item, Request, Source

# What a read is fed at most, and of each value the items that lead on at most: beyond, a gap says so.
MAX_VALUES = 10_000
MAX_LEADING = 1_000

Ways = dict[UUID, set[str]]
"""For each root the names of the links that lead to a value or an item."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An item, and for each root that it belongs to the links that led to it."""

    item: Item
    ways: Ways


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a read gave: items, or the error that it ended in; `unreadable` counts by link values that name nothing."""

    arrivals: tuple[Arrival, ...] = ()
    error: TriviumError | None = None
    unreadable: Mapping[str, int] = field(default_factory=dict)


Results = Mapping[Read, ReadResult]


@dataclass(frozen=True, slots=True)
class Question:
    """What all batches of an answer share."""

    plan: Plan
    roots: tuple[UUID, ...]
    principal: Principal
    deadline: Deadline
    sources: Mapping[str, Source]


@dataclass(slots=True)
class Wanted:
    """The values of one read: the ways to each, those that name the principal, and how many named nothing."""

    ways: dict[Any, Ways] = field(default_factory=dict)
    own: set[Any] = field(default_factory=set)
    unreadable: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def read_batch(batch: Batch, known: Results, question: Question) -> dict[Read, ReadResult]:
    """Run the reads of a batch in order; an error ends the batch and is the result of all that was still to be read."""
    results: dict[Read, ReadResult] = {}
    failure: TriviumError | None = None
    try:
        with ExitStack() as stack:
            is_open = False
            for read in batch.reads:
                wanted = _collect_wanted(read, {**known, **results}, question)
                if wanted.ways and not is_open:
                    stack.enter_context(_open_session(batch.store, question))
                    is_open = True
                results[read] = _ask_source(read, wanted, question)
    except TriviumError as error:
        failure = error
    return {read: results.get(read) or ReadResult(error=failure) for read in batch.reads}


def _open_session(store: str, question: Question) -> AbstractContextManager[None]:
    if question.deadline.has_passed():
        raise StoreTimeout("nothing is left of the deadline", store=store)
    return question.sources[store].session(question.deadline)


def _ask_source(read: Read, wanted: Wanted, question: Question) -> ReadResult:
    if not wanted.ways:
        return ReadResult(unreadable=wanted.unreadable)
    try:
        request = _make_request(read, wanted, question)
        found = question.sources[read.store].read(request)
        return ReadResult(tuple(_attribute(found, wanted.ways)), unreadable=wanted.unreadable)
    except TooLarge as error:
        return ReadResult(error=error)
    except NotFound:  # a link may name a collection that is not there, or not the principal's to see
        return ReadResult(unreadable=wanted.unreadable)


def _make_request(read: Read, wanted: Wanted, question: Question) -> Request:
    if len(wanted.ways) > MAX_VALUES:
        raise TooLarge(
            f"links lead to {len(wanted.ways)} values of {read.place}, at most {MAX_VALUES} can be looked up"
        )
    expansion = question.plan.query.expansion_of(read.place.resource)
    is_cut = expansion is not None and not question.plan.leads_on(read)
    return Request(
        read.place,
        tuple(wanted.ways),
        question.principal,
        question.deadline,
        own=frozenset(wanted.own),
        limit=expansion.limit + 1 if expansion and is_cut else MAX_LEADING + 1,
        sort=expansion.sort if expansion else "",
    )


def _attribute(found: Iterable[tuple[Any, Item]], wanted: Mapping[Any, Ways]) -> Iterator[Arrival]:
    arrivals: dict[Any, Arrival] = {}
    counts: Counter[Any] = Counter()
    for value, item in found:
        counts[value] += 1
        if counts[value] > MAX_LEADING:
            raise TooLarge(f"one value leads to more than {MAX_LEADING} {item.resource}, which lead on")
        arrival = arrivals.setdefault(item.id, Arrival(item, defaultdict(set)))
        for root, links in wanted[value].items():
            arrival.ways[root] |= links
    yield from arrivals.values()


def _collect_wanted(read: Read, known: Results, question: Question) -> Wanted:
    if not read.feeds:
        return Wanted({root: {root: set()} for root in question.roots}, {question.principal.user_id})
    wanted = Wanted()
    for feed in read.feeds:
        is_identity = feed.link.source.resource in (ROOT, KEYS)
        for value, roots in _fed_values(feed, known, question, wanted.unreadable):
            ways = wanted.ways.setdefault(value, defaultdict(set))
            for root in roots:
                ways[root].add(feed.link.name)
            if is_identity and question.principal.user_id in roots:
                wanted.own.add(value)
    return wanted


def _fed_values(
    feed: Feed,
    known: Results,
    question: Question,
    unreadable: dict[str, int],
) -> Iterator[tuple[Any, Iterable[UUID]]]:
    source = question.sources[RESOURCES[feed.link.source.resource].store]
    convert = CONVERSIONS[feed.link.conversion].convert
    for read in feed.reads:
        for arrival in known[read].arrivals:
            roots = _followed_roots(feed, arrival, source)
            if not roots or feed.link.source.part not in ("", arrival.item.part):
                continue
            for value in source.values_of(arrival.item, feed.link.source.field):
                try:
                    yield _hashable(convert(value, arrival.item.part)), roots
                except ValueError:
                    unreadable[feed.link.name] += 1


def _followed_roots(feed: Feed, arrival: Arrival, source: Source) -> list[UUID]:
    """Leave out the roots for which a shortcut covers this item."""
    covered = {value for link in feed.unless for value in source.values_of(arrival.item, link.target.field)}
    return [root for root in arrival.ways if root not in covered]


def _hashable(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, Hashable):
        raise ValueError("names nothing")  # noqa: TRY004 - what is refused is a stored value, not an argument
    return value
