"""Claim: events go out faster than by the tools made for it, and come in near the driver's limit.

All export one table and write the same events. Imported by `__main__` once the stores are prepared. The size is
BENCH_EVENTS_ROWS (2,000,000; 100,000 for a look), ingest takes BENCH_EVENTS_INGEST_ROWS of them (500,000).
"""

import os
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection
from statistics import median
from time import perf_counter

from rich.console import Console

import native
from api.authentication import make_access_token
from benchmarks import events_ours as ours
from benchmarks.contestants import OURS
from benchmarks.driving import WrongAnswer
from benchmarks.events_data import EXPORTED, SEED, empty_tables, ensure_streams, fill, make_rows, place_rows
from benchmarks.events_exporting import NDJSON_WORK, OURS_NDJSON, RATE, OtherRows, Table, measure_exports
from benchmarks.events_reading import measure_pages
from benchmarks.events_runs import Run
from benchmarks.events_sizes import measure_sizes
from benchmarks.events_writing import WRITTEN, measure_http, measure_writing
from benchmarks.processes import HOST, free_port, running
from benchmarks.results import Bar, Result
from benchmarks.rivals.events.raw_scan import main as count_rows
from core.principals import Principal, Role
from core.times import now
from relational import services
from relational.models import User
from relational.rows import CredentialRow
from timeseries.directory import find_streams
from timeseries.services import create_stream
from timeseries.session import write_time_us

ROWS = int(os.environ.get("BENCH_EVENTS_ROWS", "2000000"))
INGEST_ROWS = min(ROWS, int(os.environ.get("BENCH_EVENTS_INGEST_ROWS", "500000")))
ROUNDS = int(os.environ.get("BENCH_EVENTS_ROUNDS", "3"))
OWNER = "bench_events"
PREFIX = f"bench.exported.{SEED}"
HTTP_BAR = Bar(at_least=0.8)
Say = Callable[[str], object]


def measure(console: Console) -> list[Result]:
    """Fill the table, then measure exports, ingest and pages. Raises: OtherRows, ProgramFailed, ServerDied."""
    console.print(f"{ROWS:,} rows, {INGEST_ROWS:,} of them to be written; ours works {native.engine()}")
    owner_id = services.ensure_users([OWNER])[OWNER]
    owner = Principal(owner_id, Role.OPERATOR)
    with console.status("filling the events (the first time: some minutes)") as status:
        table = prepare_table(owner, status.update)
        found, runs = measure_exports(table, rounds=ROUNDS, say=status.update)
        found += measure_sizes(table, rounds=ROUNDS, say=status.update)
        found += measure_pages(table, owner_id, rounds=ROUNDS, say=status.update)
        names = ensure_streams(owner, "bench.written", WRITTEN)
        written, library_rate, inputs = measure_writing(names, owner_id, INGEST_ROWS, rounds=ROUNDS, say=status.update)
        token = access_token(owner)
        port = free_port()
        with running("live", ours.live_command(port), port=port, environment={}):
            found.append(measure_http_export(port, token, table, runs.get(OURS_NDJSON), say=status.update))
        port = free_port()
        environment = {**OURS.environment, "TRIVIUM_API_PORT": str(port)}
        with running(OURS.name, OURS.command(port), port=port, environment=environment):
            written.append(measure_http(port, token, inputs, library_rate, rounds=ROUNDS, say=status.update))
        empty_tables(WRITTEN)
        return found + written


def prepare_table(owner: Principal, say: Say) -> Table:
    """Return the table that is exported; it is filled anew unless it has just the rows that are wanted."""
    name, empty = f"events_by_stream_{EXPORTED}", f"{PREFIX}.empty"
    streams = ensure_streams(owner, PREFIX, EXPORTED)
    ensure_empty_stream(owner, empty)
    if count_rows(name) != ROWS:
        empty_tables(EXPORTED)
        placements = place_rows(streams, make_rows(ROWS), now=now())
        fill(placements, retention=EXPORTED, written_us=write_time_us())
    say("the events are there")
    return Table(name, streams, empty, ROWS)


def ensure_empty_stream(owner: Principal, name: str) -> None:
    """Make the stream that has no events, if it is not there."""
    if name not in find_streams([name]):
        create_stream(owner, name=name, retention=EXPORTED)


def access_token(owner: Principal) -> str:
    """Return a token of the owner of all that is measured, who is an operator."""
    User.objects.filter(pk=owner.user_id).update(role=owner.role.value)
    credential = User.objects.get(pk=owner.user_id).get_session_auth_hash()
    return make_access_token(CredentialRow(owner.user_id, owner.role.value, credential))


def measure_http_export(port: int, token: str, table: Table, command: Run | None, *, say: Say) -> Result:
    """Fetch all streams in one answer, and compare with the command's rate. Raises: OtherRows."""
    work, against = "HTTP stream of the same", "the command"
    if command is None:
        return Result(work, RATE, against, HTTP_BAR, reason="the command was not measured")
    rates = []
    for number in range(ROUNDS):
        say(f"{work} as {NDJSON_WORK}, round {number + 1} of {ROUNDS}")
        started = perf_counter()
        rows = _fetch(port, token, ours.export_path(table.streams))
        rates.append(rows / (perf_counter() - started))
        if rows != table.rows:
            raise OtherRows(f"over HTTP {rows} rows came, there are {table.rows}")
    return Result(work, RATE, against, HTTP_BAR, median(rates), table.rows / command.wall_s)


def _fetch(port: int, token: str, path: str) -> int:
    """Read an answer to its end; return how many lines it has, but for the end record. Raises: WrongAnswer."""
    connection = HTTPConnection(HOST, port, timeout=300)
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "https"}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    if answer.status != HTTPStatus.OK:
        raise WrongAnswer(answer.read(1500).decode("utf-8", "replace"))
    lines = sum(block.count(b"\n") for block in iter(lambda: answer.read(1 << 20), b""))
    connection.close()
    return lines - 1
