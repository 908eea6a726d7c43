"""Making streams, changing who may use them, and adding dated settings. All conditional writes: one of two wins."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from core.errors import Conflict, InvalidInput, NotFound, PermissionRefused
from core.principals import SYSTEM, Principal
from core.times import now
from timeseries.declarations import NAME_HELD, deletions_of
from timeseries.directory import ORDINARY, find_streams, forget_actors, forget_stream
from timeseries.events import check_actor
from timeseries.partitions import (
    BEGINNING,
    check_valid_from,
    choose_actor_groups,
    choose_actor_layout,
    choose_layout,
)
from timeseries.retention import retention_class
from timeseries.session import read, write
from timeseries.streams import Stream, StreamSettings, check_stream_name, is_own, may_change, may_see

MAX_GRANTS = 1_000
KEPT_PREFIX = "trivium."
INSERT_STREAM = (
    "INSERT INTO streams (directory, name, owner, readers, writers, actor_may_read, created, retention, peak_rate,"
    " width, shards) VALUES (0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS"
)
UPDATE_STREAM = "UPDATE streams SET {} WHERE directory = 0 AND name = ? IF owner = ?"
INSERT_SETTINGS = (
    "INSERT INTO stream_settings (stream, valid_from, retention, peak_rate, width, shards, created)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS"
)
INSERT_ACTOR = (
    "INSERT INTO actor_settings (retention, actor, valid_from, peak_rate, width, groups, created)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS"
)
FIRST_BUCKET_AFTER = "SELECT bucket FROM buckets_by_stream WHERE stream = ? AND bucket >= ? LIMIT 1"


def create_stream(
    principal: Principal,
    *,
    name: str,
    retention: str,
    peak_rate: float = 1.0,
    owner: UUID | None = None,
    readers: Iterable[UUID] = (),
    writers: Iterable[UUID] = (),
    actor_may_read: bool = False,
) -> Stream:
    """Make a stream that belongs to the principal or, where `owner` says so, to a team of its; operators and admins may
    name any owner.

    `retention` is the name of a class, `peak_rate` the events a second to expect at the busiest.

    Raises: InvalidInput, PermissionRefused, Conflict when the name is taken, StoreUnavailable, OutcomeUnknown.
    """  # noqa: D205 - one sentence on two lines
    check_stream_name(name)
    if name.startswith(KEPT_PREFIX) and principal != SYSTEM:
        raise Conflict(f"names that begin with {KEPT_PREFIX!r} are kept for Trivium itself: choose another")
    if owner is not None and not principal.writes_of(owner):
        raise PermissionRefused("only operators and admins make streams for others")
    if any(deletion.holds_name for deletion in deletions_of([name], fresh=True)[name]):
        raise Conflict(f"a stream {name!r} was deleted: its name is free {NAME_HELD} after that")
    settings = _settings(BEGINNING, retention, peak_rate)
    created = now()
    stream = Stream(
        name=name,
        owner=owner or principal.user_id,
        readers=_grants(readers, "readers"),
        writers=_grants(writers, "writers"),
        actor_may_read=bool(actor_may_read),
        created=created.replace(microsecond=created.microsecond // 1000 * 1000),  # as Cassandra keeps it
        settings=(settings,),
    )
    if not write(INSERT_STREAM, (name, *_use(stream), stream.created, *_columns(settings)))[0][0]:
        raise Conflict(f"the stream {name!r} exists already")
    forget_stream(name)
    return stream


def change_stream(
    principal: Principal,
    name: str,
    *,
    owner: UUID | None = None,
    readers: Iterable[UUID] | None = None,
    writers: Iterable[UUID] | None = None,
    actor_may_read: bool | None = None,
) -> Stream:
    """Change who owns, reads and writes the stream; None leaves a thing as it is, whoever changes it at the same time.

    A new owner is the principal or a team of its; operators and admins may name any.

    Raises: NotFound, PermissionRefused, InvalidInput, Conflict when the owner changed meanwhile; StoreUnavailable,
    OutcomeUnknown.
    """
    stream = changeable_stream(principal, name)
    if owner is not None and not principal.writes_of(owner):
        raise PermissionRefused("only operators and admins give streams to others")
    asked: dict[str, Any] = {
        "owner": owner,
        "readers": None if readers is None else _grants(readers, "readers"),
        "writers": None if writers is None else _grants(writers, "writers"),
        "actor_may_read": actor_may_read,
    }
    changes = {column: value for column, value in asked.items() if value is not None}
    if changes:
        _update(stream, changes)
    return replace(stream, **changes)


def add_stream_settings(
    principal: Principal,
    name: str,
    *,
    valid_from: date,
    retention: str,
    peak_rate: float,
) -> Stream:
    """Let other settings hold from a UTC day to come; what is stored stays where and as long as it is.

    Raises: NotFound, PermissionRefused, InvalidInput, Conflict when that day has settings, or the stream has events of
    that day or later already; StoreUnavailable, OutcomeUnknown.
    """
    stream = changeable_stream(principal, name)
    check_valid_from(valid_from, now())
    settings = _settings(valid_from, retention, peak_rate)
    if read(FIRST_BUCKET_AFTER, (name, _first_second(valid_from))):
        raise Conflict(f"the stream has events of {valid_from} or later already: choose a later day")
    if not write(INSERT_SETTINGS, (name, valid_from, *_columns(settings), now()))[0][0]:
        raise Conflict(f"the stream has settings from {valid_from} on already")
    forget_stream(name)
    return replace(stream, settings=tuple(sorted((*stream.settings, settings), key=lambda each: each.valid_from)))


def add_actor_settings(
    principal: Principal,
    *,
    retention: str,
    peak_rate: float,
    valid_from: date,
    actor: str | None = None,
) -> None:
    """Give a hot actor its own lane in a class from a UTC day to come; without `actor`, more lanes to all the others.

    `peak_rate`: the actor's events a second, or those of all ordinary actors of the class together.

    Raises: PermissionRefused unless operator or admin, InvalidInput, Conflict, StoreUnavailable, OutcomeUnknown.
    """
    if not principal.writes_everything:
        raise PermissionRefused("only operators and admins change how actors are laid out")
    check_valid_from(valid_from, now())
    if actor is not None:
        actor = check_actor(actor)
    layout = choose_actor_groups(peak_rate) if actor is None else choose_actor_layout(peak_rate)
    values = (retention_class(retention).name, actor or ORDINARY, valid_from)
    if not write(INSERT_ACTOR, (*values, float(peak_rate), layout.width_s, layout.shards, now()))[0][0]:
        raise Conflict(f"there are settings from {valid_from} on already")
    forget_actors(retention)


def changeable_stream(principal: Principal, name: str) -> Stream:
    """Return the stream as it is now, if the principal may change it. Raises: NotFound, PermissionRefused."""
    stream = find_streams([name], fresh=True).get(name)
    if stream is None or not may_see(principal, stream):
        raise NotFound(f"no stream {name[:128]!r}")
    if not may_change(principal, stream):
        if is_own(stream):
            raise PermissionRefused(f"the stream {name!r} is kept by Trivium itself")
        raise PermissionRefused("only a stream's owner, operators and admins change it")
    return stream


def _grants(users: Iterable[UUID], path: str) -> frozenset[UUID]:
    granted = frozenset(users)
    if len(granted) > MAX_GRANTS:
        raise InvalidInput(f"at most {MAX_GRANTS} {path}", path=path)
    return granted


def _use(stream: Stream) -> tuple[Any, ...]:
    return stream.owner, stream.readers, stream.writers, stream.actor_may_read


def _update(stream: Stream, changes: Mapping[str, Any]) -> None:
    cql = UPDATE_STREAM.format(", ".join(f"{column} = ?" for column in changes))
    if not write(cql, (*changes.values(), stream.name, stream.owner))[0][0]:
        raise Conflict(f"the stream {stream.name!r} has got another owner meanwhile: read it again")
    forget_stream(stream.name)


def _settings(valid_from: date, retention: str, peak_rate: float) -> StreamSettings:
    return StreamSettings(valid_from, retention_class(retention).name, float(peak_rate), choose_layout(peak_rate))


def _columns(settings: StreamSettings) -> tuple[Any, ...]:
    return settings.retention, settings.peak_rate, settings.layout.width_s, settings.layout.shards


def _first_second(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400
