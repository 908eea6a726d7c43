# ruff: noqa: S608 - the names of tables and columns are constants, every value is bound
"""The CQL that reads parts of one stream's partition: rows that Cassandra filters, few columns, counts. Pure text.

Each names the whole key of one partition, which is bounded (decision record 0004): only there does Cassandra filter,
and nowhere else stands ALLOW FILTERING. Called by the selectors.
"""

from functools import cache

from timeseries.retention import CLASSES
from timeseries.statements import STREAM_ROW

PUSHED = ("kind", "level")
READABLE = frozenset({"kind", "level", "actor", "client_id", "payload"})
_PARTITION = "WHERE stream = ? AND bucket = ? AND shard = ? AND id > ? AND id < ?"


@cache
def filtered_rows(retention: str, columns: tuple[str, ...], *, newest_first: bool) -> str:
    """Select a partition's rows between two ids that have a value each in these columns, which are of PUSHED.

    Bound are the key, the ids, one value per column, and the limit.
    """
    order = "" if newest_first else " ORDER BY id ASC"
    return f"SELECT {STREAM_ROW} FROM {_table(retention)} {_PARTITION} {_equal(columns)}{order} LIMIT ? ALLOW FILTERING"


@cache
def narrow_rows(retention: str, columns: tuple[str, ...]) -> str:
    """Select ids and some columns of a partition's rows between two ids, newest first; bound: key, ids, limit."""
    assert READABLE.issuperset(columns)
    return f"SELECT {', '.join(('id', *columns))} FROM {_table(retention)} {_PARTITION} LIMIT ?"


@cache
def count_rows(retention: str, columns: tuple[str, ...] = ()) -> str:
    """Count a partition's rows between two ids; with columns of PUSHED those that have a value each there.

    Bound are the key, the ids, one value per column.
    """
    filtering = " ALLOW FILTERING" if columns else ""
    return f"SELECT count(*) FROM {_table(retention)} {_PARTITION} {_equal(columns)}{filtering}"


def _equal(columns: tuple[str, ...]) -> str:
    return " ".join(f"AND {PUSHED[PUSHED.index(column)]} = ?" for column in columns)


def _table(retention: str) -> str:
    return f"events_by_stream_{CLASSES[retention].name}"
