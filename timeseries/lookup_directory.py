"""Streams' lookups as Cassandra has them, remembered for LOOKUPS_AGE_S. Called by services and selectors.

A process that does not know a new lookup yet writes events without listing them, for LOOKUPS_AGE_S and the length of
an append at most; so the job that lists what is stored begins SETTLING after the declaration, and misses none. A
deleted one is written for SETTLING more: who still remembers it as ready finds every event.
"""

from datetime import UTC
from typing import Any

from timeseries.lookup_statements import SELECT_LOOKUPS
from timeseries.lookups import LOOKUPS_AGE_S, Lookup, LookupState
from timeseries.memory import Memory
from timeseries.paths import parse_field
from timeseries.session import Row, keyspace, read

_lookups: Memory[tuple[Lookup, ...]] = Memory(max_entries=10_000, max_age_s=LOOKUPS_AGE_S)


def lookups_of(stream: str, *, fresh: bool = False) -> tuple[Lookup, ...]:
    """Return a stream's lookups, the deleted ones too; `fresh` asks Cassandra even for remembered ones.

    Raises: StoreUnavailable, StoreTimeout.
    """
    known = None if fresh else _lookups.recall((keyspace(), stream))
    if known is None:
        known = tuple(_lookup(stream, row) for row in read(SELECT_LOOKUPS, (stream,)))
        _lookups.keep((keyspace(), stream), known)
    return known


def forget_lookups(stream: str) -> None:
    """Let the next look ask Cassandra."""
    _lookups.forget((keyspace(), stream))


def _lookup(stream: str, row: Row) -> Lookup:
    name, identity, field, state, declared, deleted, job, done, total = row
    return Lookup(
        stream=stream,
        name=name,
        id=identity,
        field=parse_field(field),
        state=LookupState(state),
        declared=_utc(declared),
        deleted=_utc(deleted),
        job=job,
        done=done or 0,
        total=total or 0,
    )


def _utc(moment: Any) -> Any:
    return None if moment is None else moment.replace(tzinfo=UTC)
