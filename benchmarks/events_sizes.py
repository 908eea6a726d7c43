"""What an export costs by its size: a row's time, and the peak of memory. Called by `events`."""

from collections.abc import Callable, Sequence
from statistics import median

from benchmarks import events_ours as ours
from benchmarks.events_data import START, STEP, STREAMS
from benchmarks.events_exporting import GROWTH_MB, MEGABYTES, Table, bounded, empty_folder
from benchmarks.events_runs import ProgramFailed, Run, run_program
from benchmarks.results import Bar, Result
from core.times import format_time

SMALL_ROWS = 100_000
COST = "µs a row"


def measure_sizes(table: Table, *, rounds: int, say: Callable[[str], object]) -> list[Result]:
    """Export nothing, the first 100,000 rows and all, in turn."""
    flat, growth = f"cost per row from {SMALL_ROWS:,} to {table.rows:,} rows", "peak memory, more for all rows"
    if table.rows <= SMALL_ROWS:
        reason = f"the table has no more than {SMALL_ROWS:,} rows: set BENCH_EVENTS_ROWS"
        return [Result(flat, COST, "itself", reason=reason), Result(growth, MEGABYTES, "itself", reason=reason)]
    until = format_time(START + SMALL_ROWS // STREAMS * STEP)
    taken: dict[str, list[Run]] = {"idle": [], "small": [], "all": []}
    for number in range(rounds):
        say(f"sizes, round {number + 1} of {rounds}")
        try:
            taken["idle"].append(_export([table.empty_stream], ""))
            taken["small"].append(_export(table.streams, until))
            taken["all"].append(_export(table.streams, ""))
        except ProgramFailed as error:
            reason = str(error).replace("\n", " ")[:400]
            return [Result(flat, COST, "itself", reason=reason), Result(growth, MEGABYTES, "itself", reason=reason)]
    idle_s = median(run.wall_s for run in taken["idle"])
    cost = {
        name: (median(run.wall_s for run in taken[name]) - idle_s) / rows * 1e6
        for name, rows in (("small", SMALL_ROWS), ("all", table.rows))
    }
    more_mb = max(run.peak_mb for run in taken["all"]) - max(run.peak_mb for run in taken["small"])
    against = f"a row of {SMALL_ROWS:,}, starts not counted"
    return [
        Result(flat, COST, against, Bar(at_least=0.9, at_most=1.1), cost["all"], cost["small"]),
        bounded(f"{growth} than for {SMALL_ROWS:,}", MEGABYTES, more_mb, GROWTH_MB),
    ]


def _export(streams: Sequence[str], until: str) -> Run:
    folder = empty_folder()
    return run_program("sizes", ours.export_command(streams, ours.NDJSON, folder, until=until))
