"""Streams and actors' settings as Cassandra has them, remembered for a short time. Called by services and selectors.

A change of who may read or write holds everywhere after STREAM_AGE_S; new settings start an hour ahead at least
(`partitions.check_valid_from`), long after every process has read them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from timeseries.memory import Memory
from timeseries.partitions import BEGINNING, DAY_S, Layout, version_at
from timeseries.retention import retention_class
from timeseries.session import Request, Row, read, read_many
from timeseries.streams import ActorSettings, Stream, StreamSettings, is_stream_name

STREAM_AGE_S = 10.0
ACTOR_SETTINGS_AGE_S = 60.0
ORDINARY = ""  # the actor under whose name the settings of all actors without their own stand

_STREAMS = (
    "SELECT name, owner, readers, writers, actor_may_read, created, retention, peak_rate, width, shards"
    " FROM streams WHERE directory = 0"
)
SELECT_STREAM = f"{_STREAMS} AND name = ?"
SELECT_STREAMS = f"{_STREAMS} AND name > ? LIMIT ?"
SELECT_SETTINGS = "SELECT valid_from, retention, peak_rate, width, shards FROM stream_settings WHERE stream = ?"
SELECT_ACTORS = "SELECT actor, valid_from, width, groups FROM actor_settings WHERE retention = ?"

ActorVersions = Mapping[str, Sequence[ActorSettings]]
_streams: Memory[Stream] = Memory(max_entries=10_000, max_age_s=STREAM_AGE_S)
_actors: Memory[ActorVersions] = Memory(max_entries=100, max_age_s=ACTOR_SETTINGS_AGE_S)


def find_streams(names: Iterable[str], *, fresh: bool = False) -> dict[str, Stream]:
    """Return the streams of those names that there are; `fresh` asks Cassandra even for remembered ones.

    Raises: StoreUnavailable, StoreTimeout.
    """
    wanted = [name for name in dict.fromkeys(names) if is_stream_name(name)]
    known = {} if fresh else {name: stream for name in wanted if (stream := _streams.recall(name))}
    missing = [name for name in wanted if name not in known]
    if missing:
        rows = [row for rows in read_many([Request(SELECT_STREAM, (name,)) for name in missing]) for row in rows]
        known |= {stream.name: stream for stream in _with_settings(rows)}
    return known


def next_streams(after: str, limit: int) -> list[Stream]:
    """Return the streams that follow a name, in order of their names. Raises: StoreUnavailable, StoreTimeout."""
    return _with_settings(read(SELECT_STREAMS, (after, limit)))


def forget_stream(name: str) -> None:
    """Let the next look ask Cassandra."""
    _streams.forget(name)


def forget_actors(retention: str) -> None:
    """Let the next look ask Cassandra."""
    _actors.forget(retention)


def actor_versions(retention: str) -> ActorVersions:
    """Return the dated settings of a class's actors that have their own, and of all others under ORDINARY.

    Raises: StoreUnavailable, StoreTimeout.
    """
    versions = _actors.recall(retention)
    if versions is None:
        first = ActorSettings(BEGINNING, Layout(DAY_S, retention_class(retention).actor_groups))
        found: dict[str, list[ActorSettings]] = {ORDINARY: [first]}
        for actor, valid_from, width_s, groups in read(SELECT_ACTORS, (retention,)):
            found.setdefault(actor, []).append(ActorSettings(valid_from.date(), Layout(width_s, groups)))
        versions = found
        _actors.keep(retention, versions)
    return versions


def actor_layout(versions: ActorVersions, actor: str, when: datetime) -> Layout:
    """Return how the actor's events of that time are laid out: by its own settings once they hold."""
    own = versions.get(actor)
    if own and own[0].valid_from <= when.astimezone(UTC).date():
        return version_at(own, when).layout
    return version_at(versions[ORDINARY], when).layout


def _with_settings(rows: Sequence[Row]) -> list[Stream]:
    later = read_many([Request(SELECT_SETTINGS, (row[0],)) for row in rows])
    streams = [_stream(row, settings) for row, settings in zip(rows, later, strict=True)]
    for stream in streams:
        _streams.keep(stream.name, stream)
    return streams


def _stream(row: Row, later: Sequence[Row]) -> Stream:
    name, owner, readers, writers, actor_may_read, created, *first = row
    return Stream(
        name=name,
        owner=owner,
        readers=frozenset(readers or ()),
        writers=frozenset(writers or ()),
        actor_may_read=bool(actor_may_read),
        created=created.replace(tzinfo=UTC),
        settings=(_settings(BEGINNING, *first), *(_settings(row[0].date(), *row[1:]) for row in later)),
    )


def _settings(valid_from: Any, retention: str, peak_rate: float, width_s: int, shards: int) -> StreamSettings:
    return StreamSettings(valid_from, retention, peak_rate, Layout(width_s, shards))
