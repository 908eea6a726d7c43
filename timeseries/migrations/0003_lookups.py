"""Lookups of streams, and per retention class the table that lists events by the values of looked-up fields.

What is written here is history: a later change of a table is a later migration.
"""

from importlib import import_module
from typing import ClassVar

from django.db import migrations

from timeseries.operations import RunCQL

tables = import_module("timeseries.migrations.0001_tables")

BY_LOOKUP = """
CREATE TABLE IF NOT EXISTS events_by_lookup_{name} (
    stream text, lookup uuid, value text, id timeuuid,
    PRIMARY KEY ((stream, lookup, value), id)
) WITH CLUSTERING ORDER BY (id DESC) AND {options}
"""


def lookup_tables() -> list[RunCQL]:
    """One table per class."""
    operations = []
    for name, (unit, size, grace_s, compression) in tables.CLASSES.items():
        options = tables.OPTIONS.format(unit=unit, size=size, grace_s=grace_s, compression=compression)
        drop = f"DROP TABLE IF EXISTS events_by_lookup_{name}"
        operations.append(RunCQL(BY_LOOKUP.format(name=name, options=options), drop))
    return operations


class Migration(migrations.Migration):
    """Lookups."""

    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("timeseries", "0002_fields")]
    operations: ClassVar[list[RunCQL]] = [
        tables.small_table(
            "stream_lookups",
            "stream text, name text, id uuid, field text, state text, declared timestamp, deleted timestamp, job uuid,"
            " done int, total int, PRIMARY KEY (stream, name)",
        ),
        *lookup_tables(),
    ]
