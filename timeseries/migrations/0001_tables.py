"""Streams with their settings, and the pair of event tables of each retention class (decision record 0004).

What is written here is history: a later change of a table is a later migration.
"""

from typing import ClassVar

from django.db import migrations

from timeseries.operations import RunCQL

DAY_S = 86_400

# class: window of TimeWindowCompaction (unit, size), about retention / 30; grace for tombstones; compression
CLASSES = {
    "days7": ("HOURS", 6, 3 * DAY_S, "LZ4Compressor"),
    "days90": ("DAYS", 3, 10 * DAY_S, "LZ4Compressor"),
    "days400": ("DAYS", 14, 10 * DAY_S, "ZstdCompressor"),
    "forever": ("DAYS", 30, 10 * DAY_S, "ZstdCompressor"),
}

BY_STREAM = """
CREATE TABLE IF NOT EXISTS events_by_stream_{name} (
    stream text, bucket bigint, shard smallint, id timeuuid,
    actor text, kind text, level text, payload text, client_id text,
    PRIMARY KEY ((stream, bucket, shard), id)
) WITH CLUSTERING ORDER BY (id DESC) AND {options}
"""
BY_ACTOR = """
CREATE TABLE IF NOT EXISTS events_by_actor_{name} (
    lane text, bucket bigint, actor text, id timeuuid,
    stream text, kind text, level text, payload text, client_id text,
    PRIMARY KEY ((lane, bucket), actor, id)
) WITH CLUSTERING ORDER BY (actor ASC, id DESC) AND {options}
"""
OPTIONS = (
    "default_time_to_live = 0 AND gc_grace_seconds = {grace_s}"
    " AND compression = {{'class': '{compression}', 'chunk_length_in_kb': 16}}"
    " AND compaction = {{'class': 'TimeWindowCompactionStrategy',"
    " 'compaction_window_unit': '{unit}', 'compaction_window_size': {size}}}"
)
SMALL = "compaction = {'class': 'LeveledCompactionStrategy'}"


def event_tables() -> list[RunCQL]:
    """Two tables per class."""
    operations = []
    for name, (unit, size, grace_s, compression) in CLASSES.items():
        options = OPTIONS.format(unit=unit, size=size, grace_s=grace_s, compression=compression)
        for table, create in (("events_by_stream", BY_STREAM), ("events_by_actor", BY_ACTOR)):
            drop = f"DROP TABLE IF EXISTS {table}_{name}"
            operations.append(RunCQL(create.format(name=name, options=options), drop))
    return operations


def small_table(name: str, columns: str, options: str = "") -> RunCQL:
    """A table whose rows are few and rewritten often."""
    return RunCQL(
        f"CREATE TABLE IF NOT EXISTS {name} ({columns}) WITH {options}{SMALL}",
        f"DROP TABLE IF EXISTS {name}",
    )


class Migration(migrations.Migration):
    """First tables."""

    initial = True
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = []
    operations: ClassVar[list[RunCQL]] = [
        small_table(
            "streams",
            "directory tinyint, name text, owner uuid, readers set<uuid>, writers set<uuid>, actor_may_read boolean,"
            " created timestamp, retention text, peak_rate double, width int, shards smallint,"
            " PRIMARY KEY (directory, name)",
        ),
        small_table(
            "stream_settings",
            "stream text, valid_from date, retention text, peak_rate double, width int, shards smallint,"
            " created timestamp, PRIMARY KEY (stream, valid_from)",
        ),
        small_table(
            "actor_settings",
            "retention text, actor text, valid_from date, peak_rate double, width int, groups smallint,"
            " created timestamp, PRIMARY KEY (retention, actor, valid_from)",
        ),
        small_table(
            "buckets_by_stream",
            "stream text, bucket bigint, retention text, width int, shards smallint, PRIMARY KEY (stream, bucket)",
            "CLUSTERING ORDER BY (bucket DESC) AND ",
        ),
        small_table(
            "buckets_by_actor",
            "actor text, bucket bigint, retention text, lane text, width int,"
            " PRIMARY KEY (actor, bucket, retention, lane)",
            "CLUSTERING ORDER BY (bucket DESC, retention ASC, lane ASC) AND ",
        ),
        *event_tables(),
    ]
