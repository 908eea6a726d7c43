"""What is stored already under clients' own ids: read before it is written again. Called by `writing`.

Only there can the content, and so the actor, have changed: an event without a client's id contains its content in its
identity. Of two events of one chunk with one client's id and time the later stays.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from timeseries.batches import MAX_ROWS
from timeseries.directory import actor_versions
from timeseries.placement import Placement, StreamKey, place_actor
from timeseries.retention import retention_class
from timeseries.services.beside import Write
from timeseries.services.chunks import Chunk, Identified
from timeseries.session import Request, Row, read_many
from timeseries.statements import STATEMENTS


class Stored(NamedTuple):
    """A stream's row as it is stored, and when it was written (microseconds since 1970)."""

    row: Row
    written_us: int

    @property
    def actor(self) -> str:
        """Whom it names; empty for nobody."""
        return str(self.row[1])


@dataclass(slots=True)
class Former:
    """What a chunk's events replace, by their places; `repeated` leads from an event to the later of its identity."""

    stored: dict[int, Stored] = field(default_factory=dict)
    repeated: dict[int, int] = field(default_factory=dict)

    def is_unchanged(self, place: int, placement: Placement) -> bool:
        """Tell whether the very row is stored."""
        return place in self.stored and self.stored[place].row == placement.row

    def written_us(self, place: int, placement: Placement, present_us: int) -> int:
        """Return when its rows count as written: an equal one's as they are, another's after what it replaces."""
        if place not in self.stored:
            return present_us
        former_us = self.stored[place].written_us
        return former_us if self.is_unchanged(place, placement) else max(present_us, former_us + 1)


def find_former(chunk: Chunk) -> Former:
    """Find what the chunk's events replace, and let only the later of two of one identity be written.

    Raises: StoreUnavailable, StoreTimeout.
    """
    identified = chunk.identified()
    latest = {each.id: each for each in identified}
    former = Former(repeated={each.place: latest[each.id].place for each in identified if latest[each.id] is not each})
    chunk.drop(former.repeated)
    for identity, row in _stored_rows(list(latest.values())).items():
        place = latest[identity].place
        former.stored[place] = row
        chunk.take(place)
    return former


def removals(chunk: Chunk, former: Former) -> list[Write]:
    """Remove what the replaced rows' actors have, as of those rows' writing: what was written later stays."""
    writes = []
    for place, stored in former.stored.items():
        placement = chunk.placements[place]
        if place not in chunk.dropped and stored.actor not in ("", placement.event.actor):
            retention = retention_class(placement.retention)
            versions = actor_versions(retention.name)
            key, _, _ = place_actor(retention, stored.actor, placement.event.time, versions)
            request = Request(STATEMENTS[retention.name].delete_by_actor, (stored.written_us, *key, placement.id))
            writes.append(Write(key[:2], request, (place,)))
    return writes


def _stored_rows(identified: list[Identified]) -> dict[UUID, Stored]:
    groups: dict[tuple[str, StreamKey], list[UUID]] = defaultdict(list)
    for _, identity, retention, key in identified:
        groups[retention, key].append(identity)
    requests = [
        Request(STATEMENTS[retention].select_stored, (*key, ids[at : at + MAX_ROWS]))
        for (retention, key), ids in groups.items()
        for at in range(0, len(ids), MAX_ROWS)
    ]
    return {row[0]: Stored(tuple(row[:-1]), row[-1]) for rows in read_many(requests) for row in rows}
