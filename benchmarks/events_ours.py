"""Ours, at one place: how the claim `events` calls the product's commands, library and routes.

As a program (`python -m benchmarks.events_ours OWNER FOLDER`) it writes events by the library, as any process of the
project would, and prints as JSON how many, and the seconds from the first event to the last answer.
"""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

from stack.servers.live import APPLICATION, GRANIAN

NDJSON, CSV, PARQUET = "ndjson", "csv", "parquet"
WITHOUT_COMPILER: Mapping[str, str] = {"TRIVIUM_NATIVE": "no"}
PIECE_BYTES = 1 << 20
TYPED_COLUMNS = (
    "id,stream,time,actor,kind,level,client_id,payload.agent:string,payload.amount:double,payload.ip:string,"
    "payload.number:int64,payload.order:string,payload.path:string,payload.text:string,payload.took_ms:int64"
)


def export_command(streams: Sequence[str], form: str, folder: Path, *, until: str = "", columns: str = "") -> list[str]:
    """Return the command that exports streams into a folder.

    `until`: events earlier than this time only; `columns`: these instead of all, the payload as text.
    """
    command = [sys.executable, "manage.py", "export_events", str(folder), "--streams", ",".join(streams)]
    command += ["--format", form, *(["--to", until] if until else []), *(["--columns", columns] if columns else [])]
    return [*command, "--compression", "zstd"] if form == PARQUET else command


def exported_rows(form: str, folder: Path) -> int:
    """Count the rows in what was exported."""
    if form == PARQUET:
        from pyarrow import parquet  # noqa: PLC0415 - it is large, and only this needs it

        return sum(parquet.ParquetFile(part).metadata.num_rows for part in folder.rglob("*.parquet"))
    return sum(_lines_of(part) for part in folder.rglob(f"*.{form}") if part.stem != "manifest")


def append_path(stream: str) -> str:
    """Return the route that lines of events are sent to, telling of those only that were not stored."""
    return f"/api/v1/streams/{stream}/events?results=failed"


def live_command(port: int) -> list[str]:
    """Return the command that starts the live process, which streams exports."""
    return [sys.executable, *GRANIAN, "--port", str(port), APPLICATION]


def export_path(streams: Sequence[str]) -> str:
    """Return the live process's route that streams an export as NDJSON, its last line the end record."""
    return f"/live/v1/export?streams={','.join(streams)}"


def stored_by(answer: bytes) -> int:
    """Return how many events an answer to appending says are stored."""
    return int(json.loads(answer)["stored"])


def write_by_library(owner_id: str, folder: str) -> None:
    """Append the lines of a folder's files by the library; a file is named as its stream."""
    import django  # noqa: PLC0415 - settings are read from the environment of this process

    django.setup()
    from core.principals import Principal  # noqa: PLC0415 - needs the settings
    from timeseries.services import Wanted, append_lines  # noqa: PLC0415 - likewise

    owner, count = Principal(UUID(owner_id)), 0
    files = [(path.stem, path.open("rb")) for path in sorted(Path(folder).iterdir())]
    started = time.perf_counter()
    for stream, file in files:
        pieces = iter(partial(file.read, PIECE_BYTES), b"")
        summary = append_lines(owner, stream, pieces, wanted=Wanted(failed=1))
        if summary.failure or summary.stored != summary.lines:
            raise SystemExit(f"{stream}: {summary}")
        count += summary.stored
    print(json.dumps({"rows": count, "seconds": time.perf_counter() - started}))


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
    write_by_library(*sys.argv[1:])
