"""Schemas of payloads, the catalogue of fields, usage, and deletions (docs/events.md, decision record 0010).

What belongs to one life of a stream is kept under its name and when it was made: a counter that was deleted cannot be
used again, and a stream that is made anew under a former name begins with none.
"""

from typing import ClassVar

from django.db import migrations

from timeseries.operations import RunCQL

SMALL = "compaction = {'class': 'LeveledCompactionStrategy'}"


def small_table(name: str, columns: str, options: str = "") -> RunCQL:
    """A table whose rows are few and rewritten often."""
    return RunCQL(
        f"CREATE TABLE IF NOT EXISTS {name} ({columns}) WITH {options}{SMALL}",
        f"DROP TABLE IF EXISTS {name}",
    )


class Migration(migrations.Migration):
    """What is known of streams beside their events."""

    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("timeseries", "0001_tables")]
    operations: ClassVar[list[RunCQL]] = [
        small_table(
            "stream_schemas",
            "stream text, made timestamp, version int, declared text, created timestamp, created_by uuid,"
            " PRIMARY KEY ((stream, made), version)",
            "CLUSTERING ORDER BY (version DESC) AND ",
        ),
        small_table(
            "fields_by_stream",
            "stream text, made timestamp, field text, type text, first_us bigint, last_us bigint,"
            " PRIMARY KEY ((stream, made), field, type)",
        ),
        small_table(
            "field_counts",
            "stream text, made timestamp, field text, type text, events counter,"
            " PRIMARY KEY ((stream, made), field, type)",
        ),
        small_table(
            "usage_by_stream",
            "stream text, made timestamp, retention text, day bigint, events counter, payload_bytes counter,"
            " PRIMARY KEY ((stream, made), retention, day)",
        ),
        small_table(
            "stream_deletions",
            "stream text, id uuid, low timeuuid, high timeuuid, whole boolean, requested_by uuid,"
            " created timestamp, finished timestamp, PRIMARY KEY (stream, id)",
        ),
        small_table("usage_limits", "owner uuid, payload_bytes bigint, PRIMARY KEY (owner)"),
    ]
