# ruff: noqa: S608 - the names of tables are constants, every value is bound
"""The CQL of deletions, per retention class. Pure text; called by services.

Each has the write time of the deletion: what was written later stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from timeseries.retention import CLASSES

_STREAM_KEY = "stream = ? AND bucket = ? AND shard = ?"
_ACTOR_KEY = "lane = ? AND bucket = ? AND actor = ?"
_BETWEEN = "AND id > ? AND id < ?"
_TO = "AND id >= ? AND id <= ?"

INSERT_DELETION = (
    "INSERT INTO stream_deletions (stream, id, low, high, whole, requested_by, created)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS"
)
FINISH_DELETION = "UPDATE stream_deletions SET finished = ? WHERE stream = ? AND id = ?"
DELETE_BUCKET = "DELETE FROM buckets_by_stream USING TIMESTAMP ? WHERE stream = ? AND bucket = ?"
DELETE_BUCKETS = "DELETE FROM buckets_by_stream USING TIMESTAMP ? WHERE stream = ?"
SELECT_SETTINGS_DAYS = "SELECT valid_from FROM stream_settings WHERE stream = ?"
DELETE_SETTINGS = "DELETE FROM stream_settings WHERE stream = ? AND valid_from = ? IF EXISTS"
DELETE_RULES = "DELETE FROM column_rules WHERE directory = 0 AND stream = ?"
DELETE_STREAM = "DELETE FROM streams WHERE directory = 0 AND name = ? IF created = ?"
SELECT_GRACE = "SELECT gc_grace_seconds FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?"
# One life's rows are never written again: their write time may lie before or after any other.
DELETE_FIELDS = "DELETE FROM fields_by_stream USING TIMESTAMP ? WHERE stream = ? AND made = ?"
DELETE_SCHEMAS = "DELETE FROM stream_schemas USING TIMESTAMP ? WHERE stream = ? AND made = ?"
DELETE_COUNTS = "DELETE FROM field_counts WHERE stream = ? AND made = ?"
DELETE_DAY = "DELETE FROM usage_by_stream WHERE stream = ? AND made = ? AND retention = ? AND day = ?"
DELETE_USAGE = "DELETE FROM usage_by_stream WHERE stream = ? AND made = ?"


@dataclass(frozen=True, slots=True)
class DeletionStatements:
    """What runs on one class's pair of tables."""

    select_rows: str
    delete_partition: str
    delete_range: str
    select_of_actor: str
    delete_of_actor: str
    delete_run_of_actor: str


def _statements(name: str) -> DeletionStatements:
    stream_table, actor_table = f"events_by_stream_{name}", f"events_by_actor_{name}"
    return DeletionStatements(
        select_rows=f"SELECT id, actor, kind, level, client_id, payload, WRITETIME(payload) FROM {stream_table}"
        f" WHERE {_STREAM_KEY} {_BETWEEN} LIMIT ?",
        delete_partition=f"DELETE FROM {stream_table} USING TIMESTAMP ? WHERE {_STREAM_KEY}",
        delete_range=f"DELETE FROM {stream_table} USING TIMESTAMP ? WHERE {_STREAM_KEY} {_BETWEEN}",
        select_of_actor=f"SELECT id, stream FROM {actor_table} WHERE {_ACTOR_KEY} {_TO}",
        delete_of_actor=f"DELETE FROM {actor_table} USING TIMESTAMP ? WHERE {_ACTOR_KEY} AND id = ?",
        delete_run_of_actor=f"DELETE FROM {actor_table} USING TIMESTAMP ? WHERE {_ACTOR_KEY} {_TO}",
    )


DELETIONS: Mapping[str, DeletionStatements] = MappingProxyType({name: _statements(name) for name in CLASSES})
