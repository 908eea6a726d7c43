"""What writers are given: the same events as the API takes them, as finished rows, as CSV and as NDJSON of rows.

Called by `events_writing`. Files are made before anything is measured.
"""

import csv
import json
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.events_data import COLUMNS, Row, make_rows, place_rows
from core.times import now
from timeseries.placement import Placement

AGE = timedelta(days=2)
PLAIN, NAMED = "plain", "named"
"""Events that name no actor, which need the stream's table only, and such that name one."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """A folder of files with so many rows each."""

    folder: Path
    rows: int
    ttl_s: int

    def events(self, kind: str) -> Path:
        """The events as the API takes them: a folder with a file of NDJSON for each stream."""
        return self.folder / f"{kind}.events"

    def finished(self, kind: str) -> str:
        """The rows of both tables, for the driver."""
        return str(self.folder / f"{kind}.rows.pickle")

    @property
    def csv(self) -> Path:
        """The stream's rows of plain events (RFC 4180)."""
        return self.folder / "rows.csv"


def make_inputs(names: Sequence[str], rows: int, folder: Path) -> Inputs:
    """Write the files of so many rows; the events are two days old, and the same each time but for that."""
    folder.mkdir(parents=True, exist_ok=True)
    start = _midnight(now()) - AGE
    inputs = Inputs(folder, rows, 0)
    for kind in (PLAIN, NAMED):
        made = list(make_rows(rows, start=start))
        if kind == PLAIN:
            made = [replace(row, event=replace(row.event, actor="")) for row in made]
        _write_events(inputs.events(kind), names, made)
        placements = list(place_rows(names, iter(made), now=now()))
        by_stream = [stream_row(each) for each in placements]
        by_actor = [actor_row(each) for each in placements if each.actor_key]
        Path(inputs.finished(kind)).write_bytes(pickle.dumps((by_stream, by_actor)))
        if kind == PLAIN:
            _write_csv(inputs.csv, by_stream)
            inputs = replace(inputs, ttl_s=by_stream[0][-1])
    return inputs


def bodies(inputs: Inputs, kind: str, *, lines: int) -> list[tuple[str, bytes]]:
    """Return the streams and bodies of NDJSON, of so many lines at most, the streams in turn."""
    events = {path.stem: path.read_bytes().splitlines(keepends=True) for path in sorted(inputs.events(kind).iterdir())}
    longest = max(map(len, events.values()))
    return [
        (name, b"".join(chunk))
        for at in range(0, longest, lines)
        for name, waiting in events.items()
        if (chunk := waiting[at : at + lines])
    ]


def stream_row(placement: Placement) -> tuple[Any, ...]:
    """Return the columns of the stream's table, and the time to live."""
    return (*placement.stream_key, *placement.row, placement.ttl_s)


def actor_row(placement: Placement) -> tuple[Any, ...]:
    """Return the columns of the actors' table, and the time to live."""
    event = placement.event
    texts = (event.kind, event.level, event.payload_json, event.client_id)
    return (*(placement.actor_key or ()), placement.id, placement.stream, *texts, placement.ttl_s)


def _write_events(folder: Path, names: Sequence[str], rows: Iterable[Row]) -> None:
    lines: dict[str, list[bytes]] = {name: [] for name in names}
    for row in rows:
        sent = {key: value for key, value in row.as_sent().items() if value != ""}
        lines[names[row.stream]].append(json.dumps(sent, ensure_ascii=False).encode() + b"\n")
    folder.mkdir(exist_ok=True)
    for name, texts in lines.items():
        (folder / f"{name}.ndjson").write_bytes(b"".join(texts))


def _write_csv(path: Path, rows: Sequence[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(row[:-1] for row in rows)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
