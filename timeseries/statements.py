# ruff: noqa: S608 - the names of tables are constants, every value is bound
"""The CQL of events and bucket lists, per retention class. Pure text; called by ingest and the selectors.

The names of tables come from `retention.CLASSES` only; everything else is a bound value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from timeseries.retention import CLASSES

STREAM_ROW = "id, actor, kind, level, payload, client_id"
ACTOR_ROW = "id, stream, kind, level, payload, client_id"
_STREAM_KEY = "stream = ? AND bucket = ? AND shard = ?"
_ACTOR_KEY = "lane = ? AND bucket = ? AND actor = ?"
_BETWEEN = "AND id > ? AND id < ?"

INSERT_STREAM_BUCKET = (
    "INSERT INTO buckets_by_stream (stream, bucket, retention, width, shards) VALUES (?, ?, ?, ?, ?) USING TTL ?"
)
INSERT_ACTOR_BUCKET = (
    "INSERT INTO buckets_by_actor (actor, bucket, retention, lane, width) VALUES (?, ?, ?, ?, ?) USING TTL ?"
)
_STREAM_BUCKETS = (
    "SELECT bucket, retention, width, shards FROM buckets_by_stream WHERE stream = ? AND bucket > ? AND bucket < ?"
)
_ACTOR_BUCKETS = (
    "SELECT bucket, retention, width, lane FROM buckets_by_actor WHERE actor = ? AND bucket > ? AND bucket < ?"
)
STREAM_BUCKETS_NEWEST = f"{_STREAM_BUCKETS} LIMIT ?"
STREAM_BUCKETS_OLDEST = f"{_STREAM_BUCKETS} ORDER BY bucket ASC LIMIT ?"
ACTOR_BUCKETS_NEWEST = f"{_ACTOR_BUCKETS} LIMIT ?"
ACTOR_BUCKETS_OLDEST = f"{_ACTOR_BUCKETS} ORDER BY bucket ASC, retention DESC, lane DESC LIMIT ?"


@dataclass(frozen=True, slots=True)
class Statements:
    """What runs on one class's pair of tables."""

    insert_by_stream: str
    insert_by_actor: str
    delete_by_actor: str
    select_stored: str
    stream_newest: str
    stream_oldest: str
    actor_newest: str
    actor_oldest: str
    count_partition: str


_BY_STREAM = {
    "insert_by_stream": f"INSERT INTO TABLE (stream, bucket, shard, {STREAM_ROW})"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TTL ? AND TIMESTAMP ?",
    "select_stored": f"SELECT {STREAM_ROW}, WRITETIME(payload) FROM TABLE WHERE {_STREAM_KEY} AND id IN ?",
    "stream_newest": f"SELECT {STREAM_ROW} FROM TABLE WHERE {_STREAM_KEY} {_BETWEEN} LIMIT ?",
    "stream_oldest": f"SELECT {STREAM_ROW} FROM TABLE WHERE {_STREAM_KEY} {_BETWEEN} ORDER BY id ASC LIMIT ?",
    "count_partition": f"SELECT count(*) FROM TABLE WHERE {_STREAM_KEY}",
}
_BY_ACTOR = {
    "insert_by_actor": f"INSERT INTO TABLE (lane, bucket, actor, {ACTOR_ROW})"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TTL ? AND TIMESTAMP ?",
    "delete_by_actor": f"DELETE FROM TABLE USING TIMESTAMP ? WHERE {_ACTOR_KEY} AND id = ?",
    "actor_newest": f"SELECT {ACTOR_ROW} FROM TABLE WHERE {_ACTOR_KEY} {_BETWEEN} LIMIT ?",
    "actor_oldest": f"SELECT {ACTOR_ROW} FROM TABLE WHERE {_ACTOR_KEY} {_BETWEEN} ORDER BY actor DESC, id ASC LIMIT ?",
}


def _statements(name: str) -> Statements:
    by_stream = {key: cql.replace("TABLE", f"events_by_stream_{name}") for key, cql in _BY_STREAM.items()}
    by_actor = {key: cql.replace("TABLE", f"events_by_actor_{name}") for key, cql in _BY_ACTOR.items()}
    return Statements(**by_stream, **by_actor)


STATEMENTS: Mapping[str, Statements] = MappingProxyType({name: _statements(name) for name in CLASSES})
