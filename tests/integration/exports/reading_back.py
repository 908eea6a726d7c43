"""Exported files read back by the csv module, json and pyarrow, as rows of NDJSON have them."""

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.ipc
import pyarrow.parquet

from core.times import format_time
from exports.manifest import NAME, read_manifest


def read_ndjson(folder):
    return [json.loads(line) for path in sorted(folder.glob("part-*")) for line in path.read_bytes().splitlines()]


def read_csv(folder):
    rows = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            rows += list(csv.DictReader(file, strict=True))
    return [
        {name: value or None for name, value in row.items()} | {"payload": json.loads(row["payload"])} for row in rows
    ]


def read_table(folder):
    files = sorted(folder.glob("*.parquet")) or sorted(folder.glob("*.arrow"))
    tables = [
        pyarrow.parquet.read_table(path) if path.suffix == ".parquet" else pyarrow.ipc.open_file(path).read_all()
        for path in files
    ]
    rows = [row for table in tables for row in table.to_pylist()]
    return [row | {"time": format_time(row["time"]), "payload": json.loads(row["payload"])} for row in rows]


READERS = {"ndjson": read_ndjson, "csv": read_csv, "parquet": read_table, "arrow": read_table}


def manifest_of(folder: Path) -> Any:
    """The manifest in a folder."""
    return manifest_in((folder / NAME).read_bytes())


def manifest_in(content: bytes) -> Any:
    """The manifest that these bytes are."""
    return read_manifest(content, "it")[0]


def ask_duckdb(question: str) -> Any:
    """The rows of an answer."""
    answer: Any = duckdb.sql(question)
    return answer.fetchall()
