"""From what the reads gave to the answer: users with their expansions, and the gaps. Pure; called by `query.engine`."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from core.errors import StoreTimeout, StoreUnavailable, TriviumError
from query.answers import Expanded, Gap, MixedUser, Reached
from query.language import Expansion
from query.plan import Read
from query.reading import Question, Results
from query.resources import RESOURCES, ROOT
from query.sources import Item

REASONS: Mapping[str, str] = {
    StoreUnavailable.code: "could not be reached: try again",
    StoreTimeout.code: "did not answer within the deadline: try again, or give it more time",
}
UNREADABLE = "link_unreadable"


def assemble_users(question: Question, results: Results) -> tuple[MixedUser, ...]:
    """Return the roots that were found, in the order asked for, each with its expansions."""
    (root_read,) = (read for read in results if read.place.resource == ROOT)
    rows = {arrival.item.id: arrival.item.row for arrival in results[root_read].arrivals}
    by_resource = {
        expansion.resource: _assemble_expansion(expansion, question, results)
        for expansion in question.plan.query.expansions
    }
    return tuple(
        MixedUser(rows[root], {name: None if items is None else items[root] for name, items in by_resource.items()})
        for root in dict.fromkeys(question.roots)
        if root in rows
    )


def _assemble_expansion(expansion: Expansion, question: Question, results: Results) -> dict[UUID, Expanded] | None:
    own = [result for read, result in results.items() if read.place.resource == expansion.resource]
    if any(result.error for result in own):
        return None
    reached: dict[UUID, dict[object, tuple[Item, set[str]]]] = {root: {} for root in question.roots}
    for result in own:
        for arrival in result.arrivals:
            for root, links in arrival.ways.items():
                reached[root].setdefault(arrival.item.id, (arrival.item, set()))[1].update(links)
    return {root: _cut(items.values(), expansion, question) for root, items in reached.items()}


def _cut(items: Iterable[tuple[Item, set[str]]], expansion: Expansion, question: Question) -> Expanded:
    source = question.sources[RESOURCES[expansion.resource].store]
    ordered = sorted(items, key=lambda pair: source.order(pair[0], expansion.sort))
    shown = ordered[: expansion.limit]
    return Expanded(
        tuple(Reached(item.part, item.row, tuple(sorted(links))) for item, links in shown),
        has_more=len(ordered) > len(shown),
    )


def find_gaps(question: Question, results: Results) -> tuple[Gap, ...]:
    """List what is missing, once per expansion, store and reason."""
    gaps = [gap for expansion in question.plan.query.expansions for gap in _gaps_of(expansion.resource, results)]
    return tuple(dict.fromkeys(gaps))


def _gaps_of(resource: str, results: Results) -> Iterator[Gap]:
    for read, result in results.items():
        if read.place.resource != resource:
            continue
        if result.error:
            yield _gap(read.store, resource, result.error)
        else:
            yield from _gaps_before(read, resource, results)


def _gaps_before(read: Read, resource: str, results: Results) -> Iterator[Gap]:
    """Yield what is missing from a read because a link into it, or into what feeds it, could not be followed."""
    for name, count in results[read].unreadable.items():
        message = f"the link {name} leads nowhere from {count} of its values: they cannot be converted"
        yield Gap(RESOURCES[_source_of(read, name)].store, resource, UNREADABLE, message, False, (name,))  # noqa: FBT003 - a plain record
    for feed in read.feeds:
        for other in feed.reads:
            error = results[other].error
            if error:
                yield _gap(other.store, resource, error, feed.link.name)
            else:
                yield from _gaps_before(other, resource, results)


def _source_of(read: Read, link_name: str) -> str:
    return next(feed.link.source.resource for feed in read.feeds if feed.link.name == link_name)


def _gap(store: str, resource: str, error: TriviumError, *links: str) -> Gap:
    reason = REASONS.get(error.code, f"refused the read: {error.message}")
    is_retryable = isinstance(error, StoreUnavailable | StoreTimeout)
    return Gap(store, resource, error.code, f"the store '{store}' {reason}", is_retryable, links)
