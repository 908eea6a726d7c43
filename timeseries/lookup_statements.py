"""The CQL of lookups and of the tables that list events under their values, per retention class. Pure text.

Called by `lookup_directory`, services and selectors.
"""

from collections.abc import Mapping
from types import MappingProxyType

from timeseries.retention import CLASSES

SELECT_LOOKUPS = (
    "SELECT name, id, field, state, declared, deleted, job, done, total FROM stream_lookups WHERE stream = ?"
)
_LISTED = "SELECT id FROM events_by_lookup_{} WHERE stream = ? AND lookup = ? AND value = ? AND id > ? AND id < ?"


def _per_class(cql: str) -> Mapping[str, str]:
    return MappingProxyType({name: cql.format(name) for name in CLASSES})


INSERT_LISTED = _per_class(
    "INSERT INTO events_by_lookup_{} (stream, lookup, value, id) VALUES (?, ?, ?, ?) USING TTL ?"
)
DELETE_LISTED = _per_class(
    "DELETE FROM events_by_lookup_{} USING TIMESTAMP ? WHERE stream = ? AND lookup = ? AND value = ? AND id = ?"
)
DELETE_LOOKUP = "DELETE FROM stream_lookups WHERE stream = ? AND name = ? IF EXISTS"
LISTED_NEWEST = _per_class(f"{_LISTED} LIMIT ?")
LISTED_OLDEST = _per_class(f"{_LISTED} ORDER BY id ASC LIMIT ?")
