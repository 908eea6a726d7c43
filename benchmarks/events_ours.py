"""Ours, at one place: how the claim `events` calls the product's commands, library and routes.

As a program (`python -m benchmarks.events_ours FILE.pickle`) it writes events by the library, as any process of the
project would, and prints as JSON how many, and the seconds from the first event to the last answer.
"""

import json
import os
import pickle
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT

NDJSON, CSV, PARQUET = "ndjson", "csv", "parquet"
WITHOUT_COMPILER: Mapping[str, str] = {"TRIVIUM_NATIVE": "no"}
CALL_EVENTS = 10_000
MISSING = "the product has no manage.py export_events yet"


def export_command(streams: Sequence[str], form: str, folder: Path, *, until: str = "") -> list[str] | None:
    """Return the command that exports streams into a folder; None while the product has none.

    `until`: events earlier than this time only.
    """
    if not (ROOT / "exports" / "management" / "commands" / "export_events.py").exists():
        return None
    command = [sys.executable, "manage.py", "export_events", str(folder), "--streams", ",".join(streams)]
    command += ["--format", form, *(["--to", until] if until else [])]
    return [*command, "--compression", "zstd"] if form == PARQUET else command


def exported_rows(form: str, folder: Path) -> int:
    """Count the rows in what was exported."""
    if form == PARQUET:
        from pyarrow import parquet  # noqa: PLC0415 - it is large, and only this needs it

        return sum(parquet.ParquetFile(part).metadata.num_rows for part in folder.rglob("*.parquet"))
    return sum(_lines_of(part) for part in folder.rglob(f"*.{form}"))


def append_path(stream: str) -> str:
    """Return the route that events are sent to."""
    return f"/api/v1/streams/{stream}/events"


def export_path(stream: str) -> str | None:
    """Return the route that streams an export as NDJSON; None while there is none."""
    if not (ROOT / "api" / "exports.py").exists():
        return None
    return f"/api/v1/streams/{stream}/export?format={NDJSON}"


def stored_by(answer: bytes) -> int:
    """Return how many events an answer to appending says are stored."""
    return int(json.loads(answer)["stored"])


def write_by_library(path: str) -> None:
    """Append the events of a file (owner's id, and streams with theirs in order) by the library, streams in turn."""
    import django  # noqa: PLC0415 - settings are read from the environment of this process

    django.setup()
    from core.principals import Principal  # noqa: PLC0415 - needs the settings
    from timeseries.services import append_events  # noqa: PLC0415 - likewise

    owner_id, events = pickle.loads(Path(path).read_bytes())
    owner, count = Principal(owner_id), 0
    started = time.perf_counter()
    for stream, chunk in _chunks(events):
        results = append_events(owner, stream, chunk)
        if any(result.status != "stored" for result in results):
            raise SystemExit(f"not stored: {next(result for result in results if result.status != 'stored')}")
        count += len(chunk)
    print(json.dumps({"rows": count, "seconds": time.perf_counter() - started}))


def _chunks(events: Mapping[str, Sequence[Any]]) -> Any:
    for at in range(0, max(map(len, events.values())), CALL_EVENTS):
        for stream, waiting in events.items():
            if chunk := waiting[at : at + CALL_EVENTS]:
                yield stream, chunk


def _lines_of(part: Path) -> int:
    """Count the rows of a text file; a quoted line end of CSV is none, and CSV's first line names the columns."""
    if part.suffix == ".csv":
        import csv  # noqa: PLC0415 - only this needs it

        with part.open(encoding="utf-8", newline="") as file:
            return sum(1 for _ in csv.reader(file)) - 1
    with part.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    write_by_library(sys.argv[1])
