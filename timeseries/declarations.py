"""What a stream declares beside its settings, its payload schema and the deletions of its events; remembered shortly.

Called by services and selectors. A change holds in every process after at most DECLARED_AGE_S.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson

from core.times import now
from timeseries.fields import key_of
from timeseries.identity import sort_key
from timeseries.memory import Memory
from timeseries.payload_schemas import NO_SCHEMA, PayloadSchema, parse_schema
from timeseries.session import Request, Row, keyspace, read_many
from timeseries.streams import Stream

DECLARED_AGE_S = 10.0
# What processes remember of a stream, and which buckets they have listed, is forgotten by then.
NAME_HELD = timedelta(minutes=15)
SELECT_SCHEMA = "SELECT version, declared, created FROM stream_schemas WHERE stream = ? AND made = ? LIMIT 1"
SELECT_DELETIONS = "SELECT id, low, high, whole, created, finished FROM stream_deletions WHERE stream = ?"


@dataclass(frozen=True, slots=True)
class Deletion:
    """Events that are, or were, deleted: of ids between `low` and `high`, exclusive."""

    id: UUID
    low: UUID
    high: UUID
    whole: bool
    created: datetime
    finished: datetime | None

    def covers(self, event: UUID) -> bool:
        """Tell whether an event of that id lies in the range."""
        return sort_key(self.low) < sort_key(event) < sort_key(self.high)

    @property
    def holds_name(self) -> bool:
        """Tell whether the whole stream is being deleted, or was so lately that some process may not know."""
        return self.whole and (self.finished is None or now() < self.finished + NAME_HELD)


_schemas: Memory[PayloadSchema] = Memory(max_entries=10_000, max_age_s=DECLARED_AGE_S)
_deletions: Memory[tuple[Deletion, ...]] = Memory(max_entries=10_000, max_age_s=DECLARED_AGE_S)


def look_up(stream: Stream) -> None:
    """Remember the stream's schema and deletions, in one wave of reads where either is not remembered.

    Raises: StoreUnavailable, StoreTimeout.
    """
    key = key_of(stream)
    if _schemas.recall((keyspace(), key)) is None or _deletions.recall((keyspace(), stream.name)) is None:
        schemas, deletions = read_many([Request(SELECT_SCHEMA, key), Request(SELECT_DELETIONS, (stream.name,))])
        _schemas.keep((keyspace(), key), _schema(schemas))
        _deletions.keep((keyspace(), stream.name), tuple(map(_deletion, deletions)))


def schema_of(stream: Stream, *, fresh: bool = False) -> PayloadSchema:
    """Return the schema that holds for the stream's events now. Raises: StoreUnavailable, StoreTimeout."""
    key = key_of(stream)
    schema = None if fresh else _schemas.recall((keyspace(), key))
    if schema is None:
        (rows,) = read_many([Request(SELECT_SCHEMA, key)])
        schema = _schema(rows)
        _schemas.keep((keyspace(), key), schema)
    return schema


def forget_schema(stream: Stream) -> None:
    """Let the next look ask Cassandra."""
    _schemas.forget((keyspace(), key_of(stream)))


def deletions_of(
    names: Iterable[str], *, fresh: bool = False, timeout_s: float | None = None
) -> Mapping[str, tuple[Deletion, ...]]:
    """Return the deletions of each stream, those that are done, too. Raises: StoreUnavailable, StoreTimeout."""
    wanted = list(dict.fromkeys(names))
    known = (
        {}
        if fresh
        else {name: found for name in wanted if (found := _deletions.recall((keyspace(), name))) is not None}
    )
    missing = [name for name in wanted if name not in known]
    answers = (
        read_many([Request(SELECT_DELETIONS, (name,)) for name in missing], timeout_s=timeout_s) if missing else []
    )
    for name, rows in zip(missing, answers, strict=True):
        known[name] = tuple(map(_deletion, rows))
        _deletions.keep((keyspace(), name), known[name])
    return known


def forget_deletions(name: str) -> None:
    """Let the next look ask Cassandra."""
    _deletions.forget((keyspace(), name))


def _schema(rows: Sequence[Row]) -> PayloadSchema:
    if not rows:
        return NO_SCHEMA
    version, text, created = rows[0]
    declared = parse_schema(orjson.loads(text))
    return PayloadSchema(declared.fields, declared.additional, version, created.replace(tzinfo=UTC))


def _deletion(row: Row) -> Deletion:
    identity, low, high, whole, created, finished = row
    done = finished.replace(tzinfo=UTC) if finished else None
    return Deletion(identity, low, high, whole, created.replace(tzinfo=UTC), done)
