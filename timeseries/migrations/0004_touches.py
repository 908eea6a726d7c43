"""Which buckets were written to when, for exports of what was stored since the last; column rules of streams.

What is written here is history: a later change of a table is a later migration.
"""

from typing import ClassVar

from django.db import migrations

from timeseries.operations import RunCQL

# A window's rows expire together, and are read by window.
TOUCHED = """
CREATE TABLE IF NOT EXISTS touched_buckets (
    stored bigint, stream text, retention text, bucket bigint, width int, shards smallint,
    PRIMARY KEY (stored, stream, retention, bucket, width, shards)
) WITH gc_grace_seconds = 864000 AND compaction = {'class': 'TimeWindowCompactionStrategy',
    'compaction_window_unit': 'DAYS', 'compaction_window_size': 2}
"""


RULES = """
CREATE TABLE IF NOT EXISTS column_rules (
    directory tinyint, stream text, rules text, PRIMARY KEY (directory, stream)
) WITH compaction = {'class': 'LeveledCompactionStrategy'}
"""


class Migration(migrations.Migration):
    """Touched buckets."""

    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("timeseries", "0003_lookups")]
    operations: ClassVar[list[RunCQL]] = [
        RunCQL(TOUCHED, "DROP TABLE IF EXISTS touched_buckets"),
        RunCQL(RULES, "DROP TABLE IF EXISTS column_rules"),
    ]
