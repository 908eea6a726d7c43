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
    """Values for a read: those of the link's source among what `reads` gave.

    Left out are items that one of the links `unless` leads to from the same root: a shortcut covers them.
    """

    link: Link
    reads: tuple["Read", ...]
    unless: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """One request to one store: the things at a place that have one of the fed values.

    The root's read has no feeds: it takes the roots' ids. `step` is 2 for documents that other documents name. A read
    is itself and equal to no other, so that results can be kept by it.
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

    @property
    def needs(self) -> frozenset[Read]:
        """The reads of other batches that feed this one: it can start when they are done."""
        return frozenset(other for read in self.reads for feed in read.feeds for other in feed.reads) - set(self.reads)


@dataclass(frozen=True, slots=True)
class Plan:
    """Batches by wave: the first is the root's, each later one needs the one before; a wave asks a store once."""

    query: MixedQuery
    waves: tuple[tuple[Batch, ...], ...]

    @property
    def reads(self) -> tuple[Read, ...]:
        """List every read in the order of the waves; the root's is the first."""
        return tuple(read for wave in self.waves for batch in wave for read in batch.reads)

    def leads_on(self, read: Read) -> bool:
        """Tell whether another read is fed by this one, so that it may not be cut short."""
        return any(read in feed.reads for other in self.reads for feed in other.feeds)


def make_plan(query: MixedQuery, links: Sequence[Link]) -> Plan:
    """Plan the waves of a question; the first has the root's batch and nothing else."""
    return Plan(query, _plan_waves(tuple(expansion.resource for expansion in query.expansions), tuple(links)))


@lru_cache(maxsize=256)
def _plan_waves(wanted: tuple[str, ...], links: tuple[Link, ...]) -> tuple[tuple[Batch, ...], ...]:
    reads = _make_reads(_followed_links(links, wanted))
    waves = _number_waves(reads)
    return tuple(_batches(reads, waves, number) for number in range(1, max(waves.values()) + 1))


def _followed_links(links: Sequence[Link], wanted: Sequence[str]) -> list[Link]:
    between = {name for name, resource in RESOURCES.items() if resource.store == RESOURCES[ROOT].store}
    usable = [link for link in links if {link.source.resource, link.target.resource} <= between | set(wanted)]
    ranked = sorted(RESOURCES, key=lambda name: RESOURCES[name].rank)
    reached, leading = {ROOT}, set(wanted)
    for name in ranked:
        reached |= {link.target.resource for link in usable if link.source.resource == name and name in reached}
    for name in reversed(ranked):
        leading |= {link.source.resource for link in usable if link.target.resource == name and name in leading}
    usable = [link for link in usable if link.source.resource in reached and link.target.resource in leading]
    return [link for link in usable if link.target.resource in wanted or not _is_bypassed(link, usable)]


def _is_bypassed(link: Link, links: Iterable[Link]) -> bool:
    """Tell whether every way on from the link's target has a shortcut that starts where the link does."""
    shortcuts = {other.shortcut_of for other in links}
    onward = [other.name for other in links if other.source.resource == link.target.resource]
    return all((link.name, name) in shortcuts for name in onward)


def _make_reads(links: Sequence[Link]) -> list[Read]:
    """Make one read per place and step, in an order in which what feeds stands before what is fed."""
    reads = [Read(ROOT_PLACE)]
    for (_, step, _), group in groupby(sorted(links, key=_reading_order), key=_reading_order):
        feeds = tuple(feed for link in group if (feed := _make_feed(link, step, reads, links)).reads)
        if feeds:
            reads.append(Read(feeds[0].link.target, feeds, step))
    return reads


def _reading_order(link: Link) -> tuple[int, int, str]:
    step = 2 if link.source.resource == link.target.resource else 1
    return (RESOURCES[link.target.resource].rank, step, str(link.target))


def _make_feed(link: Link, step: int, reads: Iterable[Read], links: Sequence[Link]) -> Feed:
    """Feed the link from those reads, of the ones made before, that give items it leads on from."""
    firsts = {other.shortcut_of[0] for other in links if other.shortcut_of[1:] == (link.name,)}
    unless = tuple(other for other in links if other.name in firsts)
    feeding = tuple(
        read
        for read in reads
        if read.place.resource == link.source.resource
        and (read.place.part == link.source.part or "" in (read.place.part, link.source.part))
        and (step == 1 or read.step < step)
        and not (read.feeds and all(feed.link in unless for feed in read.feeds))
    )
    return Feed(link, feeding, unless)


def _number_waves(reads: Sequence[Read]) -> dict[Read, int]:
    """Give each read its wave: the first possible, but with the root only what other stores wait for."""
    waves: dict[Read, int] = {}
    for read in reads:
        feeding = [other for feed in read.feeds for other in feed.reads]
        waves[read] = max((waves[other] + (other.store != read.store) for other in feeding), default=1)
    if max(waves.values()) > 1:
        for read in reversed(reads[1:]):
            fed = [other for other in reads if any(read in feed.reads for feed in other.feeds)]
            if all(other.store == read.store and waves[other] > 1 for other in fed):
                waves[read] = max(waves[read], 2)
    return waves


def _batches(reads: Sequence[Read], waves: dict[Read, int], number: int) -> tuple[Batch, ...]:
    stores = dict.fromkeys(read.store for read in reads if waves[read] == number)
    return tuple(
        Batch(store, tuple(read for read in reads if read.store == store and waves[read] == number)) for store in stores
    )
