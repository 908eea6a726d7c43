"""What a stream's events are read and placed under, as the C library wants it. Called by `compiled` and `rows`."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

from core.times import to_microseconds
from timeseries.directory import ActorVersions
from timeseries.events import MAX_PAYLOAD_BYTES
from timeseries.partitions import BEGINNING, Layout
from timeseries.retention import CLASSES, LAST_EXPIRY, MAX_TTL_S, RetentionClass
from timeseries.services import structures as c
from timeseries.shapes import SEED
from timeseries.streams import Stream

NAMES = tuple(CLASSES)
FIRST_SECOND = -(1 << 62)
MAX_VERSIONS = 255
SortedVersion = tuple[int, int, bytes, int, Layout]
"""The class's number, the actor's length and bytes, and from which second on the layout holds."""


class Frame:
    """What a stream's events are read and placed under, as the library wants it; holds all that this points to."""

    def __init__(self, stream: Stream, actors: Mapping[str, ActorVersions], moment: datetime) -> None:
        self.stream, self.actors, self.moment = stream, actors, moment
        self.actor_versions = _sorted_versions(actors)
        self._streams = (c.StreamVersion * len(stream.settings))(
            *(_stream_version(each.valid_from, CLASSES[each.retention], each.layout) for each in stream.settings)
        )
        self._actors = (c.ActorVersion * len(self.actor_versions))(*map(_actor_version, self.actor_versions))
        name = stream.name.encode()
        self.settings = c.Settings(
            stream=name,
            stream_length=len(name),
            streams=self._streams,
            actors=self._actors,
            stream_versions=len(self._streams),
            actor_versions=len(self.actor_versions),
            now_us=to_microseconds(moment),
            last_expiry_us=to_microseconds(LAST_EXPIRY),
            max_ttl_s=MAX_TTL_S,
            max_payload=MAX_PAYLOAD_BYTES,
            seed=SEED,
        )


def _sorted_versions(actors: Mapping[str, ActorVersions]) -> list[SortedVersion]:
    versions = [
        (NAMES.index(retention), len(actor.encode()), actor.encode(), _first_second(each.valid_from), each.layout)
        for retention, by_actor in actors.items()
        for actor, dated in by_actor.items()
        for each in dated
    ]
    return sorted(versions, key=lambda version: version[:4])


def _stream_version(valid_from: date, retention: RetentionClass, layout: Layout) -> c.StreamVersion:
    return c.StreamVersion(
        valid_from_s=_first_second(valid_from),
        width_s=layout.width_s,
        shards=layout.shards,
        days=-1 if retention.days is None else retention.days,
        retention=NAMES.index(retention.name),
    )


def _actor_version(version: SortedVersion) -> c.ActorVersion:
    retention, length, actor, valid_from_s, layout = version
    return c.ActorVersion(
        valid_from_s=valid_from_s,
        width_s=layout.width_s,
        groups=layout.shards,
        retention=retention,
        actor=actor,
        length=length,
    )


def _first_second(day: date) -> int:
    if day == BEGINNING:
        return FIRST_SECOND
    return to_microseconds(datetime.combine(day, time(), UTC)) // 1_000_000
