"""Declaring lookups and deleting them. Each change is a conditional write: of two at once one wins."""

from dataclasses import replace
from uuid import UUID

from core.errors import Conflict, NotFound
from core.ids import new_id
from core.principals import Principal
from core.times import now
from timeseries.lookup_directory import forget_lookups, lookups_of
from timeseries.lookups import MAX_LOOKUPS, SETTLING, Lookup, LookupState, check_lookup_field, check_lookup_name
from timeseries.paths import FieldName
from timeseries.services.streams import changeable_stream
from timeseries.session import write

INSERT = "INSERT INTO stream_lookups (stream, name, id, field, state, declared) VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS"
REPLACE = (
    "UPDATE stream_lookups SET id = ?, field = ?, state = ?, declared = ?, deleted = null, job = null, done = 0,"
    " total = 0 WHERE stream = ? AND name = ? IF id = ?"
)
DELETE = "UPDATE stream_lookups SET deleted = ? WHERE stream = ? AND name = ? IF id = ?"
NOTE_JOB = "UPDATE stream_lookups SET job = ? WHERE stream = ? AND name = ? IF id = ?"
NOTE_PROGRESS = "UPDATE stream_lookups SET done = ?, total = ? WHERE stream = ? AND name = ? IF id = ?"
FINISH = "UPDATE stream_lookups SET state = ? WHERE stream = ? AND name = ? IF id = ?"


def declare_lookup(principal: Principal, stream: str, *, name: str, field: str) -> tuple[Lookup, bool]:
    """Declare that events are found by a field; return the lookup, and whether it is new.

    Declared again it is as it was. What a new one lists is only what comes from now on, until the rest is filled in.

    Raises: NotFound, PermissionRefused, InvalidInput; Conflict for another field under that name, a field that has a
    lookup, more than MAX_LOOKUPS, or a name that was given up a moment ago; StoreUnavailable, OutcomeUnknown.
    """
    changeable_stream(principal, stream)
    wanted = check_lookup_field(field)
    known = {each.name: each for each in lookups_of(stream, fresh=True)}
    former = known.get(check_lookup_name(name))
    if former is not None and former.deleted is None:
        if former.field != wanted:
            raise Conflict(f"the lookup {name!r} is by {former.field.name}: delete it first, or take another name")
        return former, False
    _check_room(list(known.values()), wanted, former)
    moment = now()
    declared = moment.replace(microsecond=moment.microsecond // 1000 * 1000)  # as Cassandra keeps it
    made = Lookup(stream, name, new_id(), wanted, LookupState.BUILDING, declared)
    if not _insert(made, former):
        raise Conflict(f"the lookup {name!r} was declared by somebody else just now: read it again")
    forget_lookups(stream)
    return made, True


def delete_lookup(principal: Principal, stream: str, name: str) -> None:
    """Delete a lookup: questions do without it at once or in ten seconds; its rows stay until their events expire.

    Raises: NotFound, PermissionRefused, StoreUnavailable, OutcomeUnknown.
    """
    changeable_stream(principal, stream)
    lookup = lookup_by_name(stream, name)
    if not write(DELETE, (now(), stream, name, lookup.id))[0][0]:
        raise NotFound(f"the stream has no lookup {name[:64]!r}")
    forget_lookups(stream)


def lookup_by_name(stream: str, name: str) -> Lookup:
    """Return a lookup as it is now. Raises: NotFound, StoreUnavailable, StoreTimeout."""
    found = [each for each in lookups_of(stream, fresh=True) if each.name == name and each.deleted is None]
    if not found:
        raise NotFound(f"the stream has no lookup {name[:64]!r}")
    return found[0]


def note_job(lookup: Lookup, job: UUID) -> Lookup:
    """Write down which job fills the lookup. Raises: StoreUnavailable, OutcomeUnknown."""
    write(NOTE_JOB, (job, lookup.stream, lookup.name, lookup.id))
    forget_lookups(lookup.stream)
    return replace(lookup, job=job)


def note_progress(lookup: Lookup, *, done: int, total: int) -> None:
    """Write down how many of the stream's partitions are listed. Raises: StoreUnavailable, OutcomeUnknown."""
    write(NOTE_PROGRESS, (done, total, lookup.stream, lookup.name, lookup.id))


def finish_lookup(lookup: Lookup) -> None:
    """Let questions be answered by the lookup: every event is listed. Raises: StoreUnavailable, OutcomeUnknown."""
    write(FINISH, (LookupState.READY, lookup.stream, lookup.name, lookup.id))
    forget_lookups(lookup.stream)


def _check_room(known: list[Lookup], wanted: FieldName, former: Lookup | None) -> None:
    moment = now()
    if former is not None and former.is_written(moment):
        raise Conflict(
            f"the lookup {former.name!r} was deleted just now: wait {SETTLING.seconds} s, or take another name"
        )
    live = [each for each in known if each.is_written(moment)]
    if same := [each.name for each in live if each.field == wanted and each.deleted is None]:
        raise Conflict(f"{wanted.name} has the lookup {same[0]!r} already")
    if len(live) >= MAX_LOOKUPS:
        raise Conflict(f"a stream has at most {MAX_LOOKUPS} lookups: delete one first, which takes a minute")


def _insert(made: Lookup, former: Lookup | None) -> bool:
    values = (made.id, made.field.name, made.state, made.declared)
    if former is None:
        return bool(write(INSERT, (made.stream, made.name, *values))[0][0])
    return bool(write(REPLACE, (*values, made.stream, made.name, former.id))[0][0])
