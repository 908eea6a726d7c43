"""Exports of one table by ours and by rivals, each a whole process that writes files, in alternating rounds.

Called by `events`.
"""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks import events_ours as ours
from benchmarks.events_runs import ProgramFailed, Run, median_run, run_program
from benchmarks.events_tools import CACHE, CQLSH, DSBULK, NotInstalled, copy_to, install_cqlsh, install_dsbulk
from benchmarks.results import REPORTED, Bar, Result

OUT = CACHE / "events" / "out"
RATE, MEGABYTES = "rows a second", "MB"
PROGRAMS = "benchmarks.rivals.events"
CEILING, DRIVER, SELECT_JSON = "raw protocol, no decoding", "driver + orjson", "SELECT JSON, pure Python"
DSBULK_JSON, DSBULK_CSV, COPY_TO = f"{DSBULK} JSON", f"{DSBULK} CSV", f"{CQLSH} COPY TO"
OURS_NDJSON, OURS_CSV, OURS_PARQUET = "ours NDJSON", "ours CSV", "ours Parquet"
OURS_TYPED, OURS_PORTABLE = "ours Parquet, typed columns", "ours without a compiler"
IDLE_NDJSON, IDLE_PARQUET = "ours NDJSON, an empty stream", "ours Parquet, an empty stream"
FORMS = {
    OURS_NDJSON: ours.NDJSON,
    OURS_CSV: ours.CSV,
    OURS_PARQUET: ours.PARQUET,
    OURS_TYPED: ours.PARQUET,
    OURS_PORTABLE: ours.NDJSON,
}
IDLE = {IDLE_NDJSON: ours.NDJSON, IDLE_PARQUET: ours.PARQUET}
NDJSON_WORK = "NDJSON with checksums and manifest, whole process"
COMPARED = (
    (NDJSON_WORK, OURS_NDJSON, DSBULK_JSON, Bar(at_least=3)),
    (NDJSON_WORK, OURS_NDJSON, COPY_TO, Bar(at_least=9)),
    (NDJSON_WORK, OURS_NDJSON, DRIVER, Bar(at_least=4)),
    (NDJSON_WORK, OURS_NDJSON, CEILING, Bar(at_least=0.6)),
    (NDJSON_WORK, OURS_NDJSON, SELECT_JSON, REPORTED),
    ("CSV", OURS_CSV, DSBULK_CSV, Bar(at_least=2.5)),
    ("Parquet zstd, payload as text", OURS_PARQUET, CEILING, Bar(at_least=0.52)),
    ("Parquet zstd, payload as eight typed columns", OURS_TYPED, CEILING, REPORTED),
    ("without a compiler", OURS_PORTABLE, DSBULK_JSON, Bar(at_least=1.2)),
)
TEXT_ABOVE_IDLE_MB, PARQUET_ABOVE_IDLE_MB, TEXT_MB, PARQUET_MB, GROWTH_MB = 64, 128, 160, 240, 25


class OtherRows(Exception):
    """What was exported or written is not what there is: there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Exporter:
    """One contestant: the command that exports into a folder, and how many rows it must find."""

    command: Callable[[Path], Sequence[str]]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """What is exported: the table, its streams, an empty stream, how many rows."""

    name: str
    streams: Sequence[str]
    empty_stream: str
    rows: int


def measure_exports(table: Table, *, rounds: int, say: Callable[[str], object]) -> tuple[list[Result], dict[str, Run]]:
    """Run every exporter once a round; return the comparisons, and ours and theirs by name.

    Raises: OtherRows.
    """
    exporters, reasons = _exporters(table)
    taken: dict[str, list[Run]] = {}
    for number in range(rounds):
        for name, exporter in exporters.items():
            say(f"exports, round {number + 1} of {rounds}: {name}")
            if name in reasons:
                continue
            try:
                taken.setdefault(name, []).append(_export(name, exporter, table, is_checked=number == 0))
            except ProgramFailed as error:
                reasons[name] = str(error).replace("\n", " ")[:400]
    runs = {name: median_run(each) for name, each in taken.items() if name not in reasons}
    return [*_compare(runs, reasons, table.rows), *_compare_memory(runs, reasons)], runs


def _exporters(table: Table) -> tuple[dict[str, Exporter], dict[str, str]]:
    """Describe every contestant, and give the reason of each that cannot be had."""
    found = dict(_own_exporters(table))
    reasons: dict[str, str] = {}
    found[CEILING] = Exporter(lambda _: [sys.executable, "-m", f"{PROGRAMS}.raw_scan", table.name])
    driver = [sys.executable, "-m", f"{PROGRAMS}.driver_export", table.name]
    found[DRIVER] = Exporter(lambda folder: [*driver, str(folder / "out.ndjson")])
    found[SELECT_JSON] = Exporter(lambda folder: [*driver, str(folder / "out.ndjson"), "json"])
    try:
        dsbulk = install_dsbulk()
        found[DSBULK_JSON] = Exporter(lambda folder: dsbulk.unload(table.name, "json", folder))
        found[DSBULK_CSV] = Exporter(lambda folder: dsbulk.unload(table.name, "csv", folder))
    except NotInstalled as error:
        reasons |= dict.fromkeys((DSBULK_JSON, DSBULK_CSV), str(error))
    try:
        cqlsh = install_cqlsh()
        found[COPY_TO] = Exporter(lambda folder: copy_to(cqlsh, table.name, folder / "out.csv"))
    except NotInstalled as error:
        reasons[COPY_TO] = str(error)
    return found, reasons


def _own_exporters(table: Table) -> Iterator[tuple[str, Exporter]]:
    for name, form in FORMS.items():
        columns = ours.TYPED_COLUMNS if name == OURS_TYPED else ""
        command = partial(ours.export_command, table.streams, form, columns=columns)
        yield name, Exporter(command, ours.WITHOUT_COMPILER if name == OURS_PORTABLE else {})
    for name, form in IDLE.items():
        yield name, Exporter(partial(ours.export_command, [table.empty_stream], form))


def empty_folder() -> Path:
    """Return the folder for what is exported, with nothing in it."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    return OUT


def _export(name: str, exporter: Exporter, table: Table, *, is_checked: bool) -> Run:
    folder = empty_folder()
    run = run_program(name, exporter.command(folder), environment=exporter.environment)
    if is_checked and name not in (CEILING, *IDLE):
        form = FORMS.get(name, ours.CSV if name in (DSBULK_CSV, COPY_TO) else "")
        rows = ours.exported_rows(form or ("json" if name == DSBULK_JSON else ours.NDJSON), folder)
        if rows != table.rows:
            raise OtherRows(f"{name}: {rows} rows exported, there are {table.rows}")
    return run


def _compare(runs: Mapping[str, Run], reasons: Mapping[str, str], rows: int) -> Iterator[Result]:
    for work, own, rival, bar in COMPARED:
        missing = [f"{name}: {reasons[name]}" for name in (own, rival) if name in reasons]
        figures = [rows / runs[name].wall_s if name in runs else None for name in (own, rival)]
        yield Result(work, RATE, rival, bar, figures[0], figures[1], reason="; ".join(missing))
        if not missing:
            yield Result(f"{work}: CPU", "s", rival, REPORTED, runs[own].cpu_s, runs[rival].cpu_s)
            yield Result(f"{work}: peak memory", MEGABYTES, rival, REPORTED, runs[own].peak_mb, runs[rival].peak_mb)


def _compare_memory(runs: Mapping[str, Run], reasons: Mapping[str, str]) -> Iterator[Result]:
    """Hold peak memory against its bounds: above the same command idle, and in all."""
    for name, idle, above_mb, whole_mb in (
        (OURS_NDJSON, IDLE_NDJSON, TEXT_ABOVE_IDLE_MB, TEXT_MB),
        (OURS_CSV, IDLE_NDJSON, TEXT_ABOVE_IDLE_MB, TEXT_MB),
        (OURS_PARQUET, IDLE_PARQUET, PARQUET_ABOVE_IDLE_MB, PARQUET_MB),
    ):
        work = f"peak memory, {FORMS[name]}"
        if name in runs and idle in runs:
            above = runs[name].peak_mb - runs[idle].peak_mb
            yield bounded(f"{work}, above the same command idle", MEGABYTES, above, above_mb)
            yield bounded(f"{work}, in all", MEGABYTES, runs[name].peak_mb, whole_mb)
        else:
            reason = reasons.get(name) or reasons[idle]
            yield Result(work, MEGABYTES, f"{above_mb} MB above idle, {whole_mb} MB in all", reason=reason)


def bounded(work: str, unit: str, figure: float, bound: float) -> Result:
    """Hold a figure against a bound."""
    return Result(work, unit, f"the bound of {bound:g}", Bar(at_most=1), figure, bound)
