"""From a question and the links to waves of batches, one batch per store and wave, however many roots there are. Pure.

A read takes the values of its feeds (links whose sources were read before) and asks one store once for all of them. In
a batch reads run one after the other on one store, so a read may feed a later one of its batch; what feeds another
store ends a wave. Links are followed among what is asked for, the root's keys, and whatever of the root's own store
lies between: an answer never waits for a store that was not asked for. Called by `query.engine`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from query.language import MixedQuery
from query.links import Link, Place
from query.resources import RESOURCES, ROOT

ROOT_PLACE = Place(ROOT, "id")


@dataclass(frozen=True, slots=True)
class Feed:
    """Values for a read: those of the link's source among what was read before.

    Left out are items that one of the links `unless` leads to from the same root: a shortcut covers them.
    """

    link: Link
    unless: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """One request to one store: the things at a place that have one of the fed values.

    The root's read has no feeds: it takes the roots' ids. `step` is 2 for documents that other documents name.
    """

    place: Place
    feeds: tuple[Feed, ...] = ()
    step: int = 1

    @property
    def store(self) -> str:
        """Name the store that is asked."""
        return RESOURCES[self.place.resource].store


@dataclass(frozen=True, slots=True)
class Batch:
    """What one store is asked in one wave, in this order."""

    store: str
    reads: tuple[Read, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Waves one after the other; the batches of a wave at the same time, each of another store."""

    query: MixedQuery
    waves: tuple[tuple[Batch, ...], ...]

    @property
    def reads(self) -> tuple[Read, ...]:
        """List every read in the order of the waves."""
        return tuple(read for wave in self.waves for batch in wave for read in batch.reads)


def make_plan(query: MixedQuery, links: Sequence[Link]) -> Plan:
    """Plan the waves of a question; the first has the root's batch and nothing else."""
    return Plan(query, _plan_waves(tuple(expansion.resource for expansion in query.expansions), tuple(links)))


@lru_cache(maxsize=256)
def _plan_waves(wanted: tuple[str, ...], links: tuple[Link, ...]) -> tuple[tuple[Batch, ...], ...]:
    reads = (Read(ROOT_PLACE), *_reads(_followed_links(links, wanted)))
    waves = _number_waves(reads)
    return tuple(_batches(reads, waves, number) for number in range(1, max(waves.values()) + 1))


def feeding_reads(feed: Feed, read: Read, reads: Iterable[Read]) -> Iterable[Read]:
    """Yield those reads among `reads` whose items a feed of `read` takes values from."""
    source = feed.link.source
    for other in reads:
        has_part = not (source.part and other.place.part) or source.part == other.place.part
        is_before = other.step < read.step or _leads_up(other, read)
        if other.place.resource == source.resource and has_part and is_before and not _is_left_out(other, feed):
            yield other


def _is_left_out(other: Read, feed: Feed) -> bool:
    return bool(other.feeds) and all(before.link in feed.unless for before in other.feeds)


def _leads_up(other: Read, read: Read) -> bool:
    return RESOURCES[other.place.resource].rank < RESOURCES[read.place.resource].rank


def _followed_links(links: Sequence[Link], wanted: Sequence[str]) -> list[Link]:
    between = {name for name, resource in RESOURCES.items() if resource.store == RESOURCES[ROOT].store}
    usable = [link for link in links if {link.source.resource, link.target.resource} <= between | set(wanted)]
    leading = set(wanted)
    for name in sorted(between - leading, key=lambda name: RESOURCES[name].rank, reverse=True):
        if any(link.source.resource == name and link.target.resource in leading for link in usable):
            leading.add(name)
    followed = [link for link in usable if link.target.resource in leading]
    return [link for link in followed if link.target.resource in wanted or not _is_bypassed(link, followed)]


def _is_bypassed(link: Link, links: Iterable[Link]) -> bool:
    """Tell whether every way on from the link's target has a shortcut that starts where the link does."""
    shortcuts = {other.shortcut_of for other in links}
    onward = [other.name for other in links if other.source.resource == link.target.resource]
    return all((link.name, name) in shortcuts for name in onward)


def _reads(links: Sequence[Link]) -> list[Read]:
    """Make one read per place and step, in an order in which what feeds stands before what is fed."""
    stepped = sorted(links, key=_reading_order)
    return [
        Read(place, tuple(Feed(link, _covered(link, links)) for link in group), step)
        for (_, step, place), group in _grouped(stepped)
    ]


def _reading_order(link: Link) -> tuple[int, int, str]:
    return (RESOURCES[link.target.resource].rank, _step(link), str(link.target))


def _grouped(links: Sequence[Link]) -> Iterable[tuple[tuple[int, int, Place], list[Link]]]:
    for (rank, step, _), group in groupby(links, key=_reading_order):
        members = list(group)
        yield (rank, step, members[0].target), members


def _step(link: Link) -> int:
    return 2 if link.source.resource == link.target.resource else 1


def _covered(link: Link, links: Sequence[Link]) -> tuple[Link, ...]:
    """List the links that lead to this one's source and, with this one, have a shortcut."""
    covered = {
        first for first, second in (other.shortcut_of for other in links if other.shortcut_of) if second == link.name
    }
    return tuple(other for other in links if other.name in covered)


def _number_waves(reads: Sequence[Read]) -> dict[Read, int]:
    """Give each read its wave: the first possible, but with the root only what other stores wait for."""
    waves: dict[Read, int] = {}
    for read in reads:
        feeding = [other for feed in read.feeds for other in feeding_reads(feed, read, waves)]
        waves[read] = max((waves[other] + (other.store != read.store) for other in feeding), default=1)
    if max(waves.values()) > 1:
        for read in reversed(reads[1:]):
            fed = [other for other in reads for feed in other.feeds if read in feeding_reads(feed, other, reads)]
            if all(other.store == read.store and waves[other] > 1 for other in fed):
                waves[read] = max(waves[read], 2)
    return waves


def _batches(reads: Sequence[Read], waves: dict[Read, int], number: int) -> tuple[Batch, ...]:
    stores = dict.fromkeys(read.store for read in reads if waves[read] == number)
    return tuple(
        Batch(store, tuple(read for read in reads if read.store == store and waves[read] == number)) for store in stores
    )
