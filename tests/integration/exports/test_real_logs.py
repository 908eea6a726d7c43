"""The eight real logs: loaded, exported in every format, read back by pyarrow, DuckDB and the csv module, equal.

Collected only when TRIVIUM_REAL_INPUT names the folder.
"""

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from imports.layouts import Layout
from imports.patterns import PATTERNS
from imports.readers import READERS as LOG_READERS
from imports.sources import open_source
from relational import services as people
from tests.integration.exports.conftest import events_of
from tests.integration.exports.reading_back import READERS, ask_duckdb

FOLDER = Path(os.environ.get("TRIVIUM_REAL_INPUT", "."))
SYSTEMS = ["Apache", "HDFS", "Hadoop", "Linux", "OpenSSH", "OpenStack", "Spark", "Zookeeper"]
pytestmark = pytest.mark.django_db(databases=["default", "timeseries"])


def source_texts(system):
    """The text of each line as its pattern reads it, in any order."""
    with open_source(FOLDER / "events" / f"{system}.log") as source:
        layout = Layout("log", pattern=PATTERNS[system.lower()])
        records: Any = LOG_READERS["log"](source.chunks(), layout).outcomes
        return sorted(record.fields["message"] for record in records)


def test_the_real_logs_come_out_as_they_went_in(run_command, tmp_path):
    people.ensure_users(["loader"])
    streams = {system: f"{system}-{uuid4().hex[:8]}" for system in SYSTEMS}
    for system, stream in streams.items():
        options = ["--pattern", system.lower(), "--set", f"stream={stream}", "--create-stream", "--year", "2015"]
        log = FOLDER / "events" / f"{system}.log"
        assert run_command("load", "events", log, "--owner", "loader", "--batch-size", "2000", *options).status == 0
    expected = sorted(text for system in SYSTEMS for text in source_texts(system))
    for name, read in READERS.items():
        asked = ["--streams", ",".join(streams.values()), "--format", name]
        assert run_command("export_events", name, *asked).status == 0
        rows = read(tmp_path / name)
        assert sorted(row["payload"]["message"] for row in rows) == expected
        assert {row["id"] for row in rows} == {str(event) for event in events_of(*streams.values())}
    for name in ("ndjson", "csv", "parquet"):
        found = ask_duckdb(f"select payload->>'message' from '{tmp_path}/{name}/part-*.{name}'")
        assert sorted(text for (text,) in found) == expected
