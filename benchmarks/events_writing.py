"""Writing events by ours and by rivals, in alternating rounds into emptied tables of one class. Called by `events`.

Before anything is measured, every contestant writes a few rows, and the tables must then hold the same, row for row.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from statistics import median
from time import perf_counter
from uuid import UUID

from benchmarks import events_ours as ours
from benchmarks.events_data import COLUMNS, empty_tables
from benchmarks.events_exporting import PROGRAMS, RATE, OtherRows
from benchmarks.events_inputs import NAMED, PLAIN, Inputs, bodies, make_inputs
from benchmarks.events_runs import ProgramFailed, Run, median_run, run_program
from benchmarks.events_tools import CACHE, CQLSH, DSBULK, NotInstalled, copy_from, install_cqlsh, install_dsbulk
from benchmarks.processes import HOST
from benchmarks.results import REPORTED, Bar, Result
from timeseries.session import execute_cql

WRITTEN = "days400"
FILES = CACHE / "events" / "inputs"
CHECKED_ROWS = 2000
CONCURRENT_ROWS = 60_000
BODY_LINES, SENDERS = 50_000, 4
OURS_STREAM, OURS_BOTH = "ours, stream table", "ours, both tables"
BATCHES, BATCHES_BOTH = "idiomatic batches of 100", "idiomatic batches of 100, both tables"
CONCURRENT = "execute_concurrent(100)"
DSBULK_LOAD, COPY_FROM = f"{DSBULK} load", f"{CQLSH} COPY FROM"
STREAM_WORK = "ingest, library, stream table, identity and validation included"
BOTH_WORK = "ingest, library, both tables"
HTTP_WORK = "ingest over HTTP (NDJSON, with authentication), both tables"
# work, ours, theirs, bar, whether the start of the processes counts
COMPARED = (
    (STREAM_WORK, OURS_STREAM, BATCHES, Bar(at_least=2.7), False),
    (STREAM_WORK, OURS_STREAM, CONCURRENT, Bar(at_least=20), False),
    (STREAM_WORK, OURS_STREAM, DSBULK_LOAD, Bar(at_least=3), True),
    (STREAM_WORK, OURS_STREAM, COPY_FROM, REPORTED, True),
    (BOTH_WORK, OURS_BOTH, BATCHES_BOTH, Bar(at_least=2.5), False),
)
Writer = Callable[[Inputs], Sequence[str]]


def measure_writing(
    names: Sequence[str], owner_id: UUID, rows: int, *, rounds: int, say: Callable[[str], object]
) -> tuple[list[Result], float, Inputs]:
    """Run every writer once a round; return the comparisons, our rate for both tables, and the inputs.

    Raises: OtherRows, ProgramFailed when ours fails.
    """
    say("making the events to be written")
    few = make_inputs(names, CHECKED_ROWS, FILES / "few")
    many = make_inputs(names, rows, FILES / "many")
    some = make_inputs(names, min(rows, CONCURRENT_ROWS), FILES / "some")
    writers, reasons = _writers(owner_id)
    say("checking that all write the same")
    _check_same_rows(writers, few, reasons)
    taken: dict[str, list[Run]] = {name: [] for name in writers if name not in reasons}
    for number in range(rounds):
        for name, runs_of_it in taken.items():
            say(f"ingest, round {number + 1} of {rounds}: {name}")
            empty_tables(WRITTEN)
            runs_of_it.append(run_program(name, writers[name](some if name == CONCURRENT else many)))
    runs = {name: median_run(each) for name, each in taken.items()}
    sizes = {name: some.rows if name == CONCURRENT else rows for name in runs}
    return list(_compare(runs, sizes, reasons)), rows / runs[OURS_BOTH].inner_s, many


def measure_http(
    port: int, token: str, inputs: Inputs, library_rate: float, *, rounds: int, say: Callable[[str], object]
) -> Result:
    """Send the events as NDJSON, four bodies under way, to the server on that port. Raises: OtherRows."""
    waiting, rates = bodies(inputs, NAMED, lines=BODY_LINES), []
    for number in range(rounds):
        say(f"ingest over HTTP, round {number + 1} of {rounds}")
        empty_tables(WRITTEN)
        started = perf_counter()
        with ThreadPoolExecutor(SENDERS) as pool:
            stored = sum(pool.map(lambda each: _send(port, token, *each), waiting))
        rates.append(stored / (perf_counter() - started))
        if stored != inputs.rows:
            raise OtherRows(f"over HTTP {stored} events were stored, {inputs.rows} sent")
    return Result(HTTP_WORK, RATE, "the library, both tables", Bar(at_least=0.45), median(rates), library_rate)


def _send(port: int, token: str, stream: str, body: bytes) -> int:
    connection = HTTPConnection(HOST, port, timeout=300)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/x-ndjson",
        "X-Forwarded-Proto": "https",
    }
    connection.request("POST", ours.append_path(stream), body, headers)
    answer = connection.getresponse().read()
    connection.close()
    return ours.stored_by(answer)


def _writers(owner_id: UUID) -> tuple[dict[str, Writer], dict[str, str]]:
    """Describe every contestant, and give the reason of each that cannot be had."""
    library = [sys.executable, "-m", "benchmarks.events_ours", str(owner_id)]
    driver = [sys.executable, "-m", f"{PROGRAMS}.batches"]
    found: dict[str, Writer] = {
        OURS_STREAM: lambda inputs: [*library, str(inputs.events(PLAIN))],
        BATCHES: lambda inputs: [*driver, "stream", WRITTEN, inputs.finished(PLAIN)],
        CONCURRENT: lambda inputs: [*driver, "concurrent", WRITTEN, inputs.finished(PLAIN)],
        OURS_BOTH: lambda inputs: [*library, str(inputs.events(NAMED))],
        BATCHES_BOTH: lambda inputs: [*driver, "both", WRITTEN, inputs.finished(NAMED)],
    }
    table, reasons = f"events_by_stream_{WRITTEN}", {}
    try:
        dsbulk = install_dsbulk()
        found[DSBULK_LOAD] = lambda inputs: dsbulk.load(table, "csv", inputs.csv, ttl_s=inputs.ttl_s)
    except NotInstalled as error:
        reasons[DSBULK_LOAD] = str(error)
    try:
        cqlsh = install_cqlsh()
        found[COPY_FROM] = lambda inputs: copy_from(cqlsh, table, inputs.csv, ttl_s=inputs.ttl_s)
    except NotInstalled as error:
        reasons[COPY_FROM] = str(error)
    return found, reasons


def _check_same_rows(writers: Mapping[str, Writer], few: Inputs, reasons: dict[str, str]) -> None:
    """Let each write a few rows and compare; a rival that fails is left out with its reason."""
    expected: dict[str, set[tuple[object, ...]]] = {}
    for name, writer in writers.items():
        empty_tables(WRITTEN)
        try:
            run_program(f"{name} few", writer(few))
        except ProgramFailed as error:
            if name in (OURS_STREAM, OURS_BOTH):
                raise
            reasons[name] = str(error).replace("\n", " ")[:400]
            continue
        kind = NAMED if name in (OURS_BOTH, BATCHES_BOTH) else PLAIN
        stored = {tuple(row) for row in execute_cql(f"SELECT {', '.join(COLUMNS)} FROM events_by_stream_{WRITTEN}")}
        if len(stored) != few.rows or expected.setdefault(kind, stored) != stored:
            other = next(iter(stored ^ expected[kind]), "the same ones")
            raise OtherRows(f"{name}: {len(stored)} of {few.rows} rows stored; otherwise than {OURS_STREAM}: {other}")


def _compare(runs: Mapping[str, Run], sizes: Mapping[str, int], reasons: Mapping[str, str]) -> Iterator[Result]:
    for work, own, rival, bar, is_whole in COMPARED:
        if rival in reasons:
            yield Result(work, RATE, rival, bar, reason=reasons[rival])
            continue
        mine, theirs = [sizes[name] / (runs[name].wall_s if is_whole else runs[name].inner_s) for name in (own, rival)]
        yield Result(work, RATE, f"{rival}, whole process" if is_whole else rival, bar, mine, theirs)
        yield Result(f"{work}: peak memory", "MB", rival, REPORTED, runs[own].peak_mb, runs[rival].peak_mb)
