"""Pages of 100 by stream and by actor, eight clients at once: ours against the driver's own query for the same page.

Measured idle, and while an export of all runs beside. Called by `events`.
"""

import os
import random
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count
from statistics import median, quantiles
from time import perf_counter
from uuid import UUID

from cassandra.cluster import Session

from benchmarks import events_ours as ours
from benchmarks.events_data import ACTORS, EXPORTED, START, STEP, STREAMS
from benchmarks.events_exporting import OUT, OtherRows, Table, empty_folder
from benchmarks.processes import LOGS, ROOT
from benchmarks.results import Bar, Result
from benchmarks.rivals.events.addresses import driver_session
from core.principals import Principal
from timeseries import selectors
from timeseries.directory import actor_versions, find_streams
from timeseries.identity import lowest_id
from timeseries.partitions import bucket_of
from timeseries.placement import place_actor
from timeseries.retention import retention_class

PAGE, CLIENTS = 100, 8
ROUND_S = 3.0
CHECKED_QUESTIONS = 20
SEED = 7
ROW = "id, actor, kind, level, payload, client_id"
OURS, DRIVER = "ours", "the driver's own query"
IDLE_BAR, DURING_BAR = Bar(at_most=1.5), Bar(at_most=2)
Ask = Callable[[], list[UUID]]


@dataclass(frozen=True, slots=True)
class Waits:
    """How long answers took: the middle one and the slowest of a hundred, in milliseconds."""

    p50_ms: float
    p99_ms: float


def measure_pages(table: Table, owner_id: UUID, *, rounds: int, say: Callable[[str], object]) -> list[Result]:
    """Ask in turn, idle and during an export. Raises: OtherRows when ours and the driver's pages differ."""
    with driver_session() as session:
        works = {
            "page of 100 by stream": _ask_streams(session, table, owner_id),
            "page of 100 by actor": _ask_actors(session, owner_id),
        }
        for work, contestants in works.items():
            _check_same_pages(work, contestants)
        idle = {work: _measure(contestants, rounds, partial(say, work)) for work, contestants in works.items()}
        found = [result for work, waits in idle.items() for result in _compare(work, waits, IDLE_BAR)]
        with _exporting(ours.export_command(table.streams, ours.NDJSON, OUT)):
            busy = {
                work: _measure(contestants, rounds, partial(say, f"{work}, during an export"))
                for work, contestants in works.items()
            }
    for work, waits in busy.items():
        found += _compare(f"{work}, during an export", waits, DURING_BAR)
        figures = (waits[OURS].p99_ms, idle[work][OURS].p99_ms)
        found.append(Result(f"{work}, during an export, p99", "ms", "ours without it", DURING_BAR, *figures))
    return found


def _ask_streams(session: Session, table: Table, owner_id: UUID) -> dict[str, Iterator[Ask]]:
    """Ask for the newest 100 before some moment; the driver merges the shards by IN, which wants no paging."""
    owner, layout = Principal(owner_id), find_streams(table.streams)[table.streams[0]].settings[0].layout
    where = "stream = ? AND bucket = ? AND shard IN ? AND id < ?"
    statement = session.prepare(
        f"SELECT {ROW} FROM events_by_stream_{EXPORTED} WHERE {where} ORDER BY id DESC LIMIT {PAGE}"
    )
    statement.fetch_size = None
    shards = list(range(layout.shards))

    def ask_ours(stream: str, moment: datetime) -> list[UUID]:
        return [event.id for event in selectors.events_by_stream(owner, stream, end=moment, limit=PAGE)]

    def ask_driver(stream: str, moment: datetime) -> list[UUID]:
        values = (stream, bucket_of(moment, layout.width_s), shards, lowest_id(moment))
        return [row[0] for row in session.execute(statement, values)]

    def questions(ask: Callable[[str, datetime], list[UUID]]) -> Iterator[Ask]:
        dice = random.Random(SEED)
        steps = table.rows // STREAMS
        while True:
            moment = START + dice.randrange(max(PAGE, steps // 5), steps) * STEP
            yield partial(ask, dice.choice(table.streams), moment)

    return {OURS: questions(ask_ours), DRIVER: questions(ask_driver)}


def _ask_actors(session: Session, owner_id: UUID) -> dict[str, Iterator[Ask]]:
    """Ask for the newest 100 that name an actor, frequent ones as often as rare ones."""
    owner, versions = Principal(owner_id), actor_versions(EXPORTED)
    where = "lane = ? AND bucket = ? AND actor = ?"
    columns = ROW.replace("actor", "stream")
    statement = session.prepare(f"SELECT {columns} FROM events_by_actor_{EXPORTED} WHERE {where} LIMIT {PAGE}")

    def ask_ours(actor: str) -> list[UUID]:
        return [event.id for event in selectors.events_by_actors(owner, [actor], limit_per_actor=PAGE)[actor]]

    def ask_driver(actor: str) -> list[UUID]:
        key, _, _ = place_actor(retention_class(EXPORTED), actor, START, versions)
        return [row[0] for row in session.execute(statement, key)]

    def questions(ask: Callable[[str], list[UUID]]) -> Iterator[Ask]:
        dice = random.Random(SEED)
        while True:
            yield partial(ask, f"shop.customer:{dice.randrange(ACTORS):06}")

    return {OURS: questions(ask_ours), DRIVER: questions(ask_driver)}


def _check_same_pages(work: str, contestants: Mapping[str, Iterator[Ask]]) -> None:
    for _ in range(CHECKED_QUESTIONS):
        pages = {name: next(questions)() for name, questions in contestants.items()}
        if pages[OURS] != pages[DRIVER]:
            raise OtherRows(
                f"{work}: ours has {len(pages[OURS])} events, the driver {len(pages[DRIVER])}, not the same"
            )


def _measure(contestants: Mapping[str, Iterator[Ask]], rounds: int, say: Callable[[], object]) -> dict[str, Waits]:
    say()
    taken: dict[str, list[Waits]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, questions in contestants.items():
            taken[name].append(_ask_for_a_while(questions))
    return {
        name: Waits(median(each.p50_ms for each in waits), median(each.p99_ms for each in waits))
        for name, waits in taken.items()
    }


def _ask_for_a_while(questions: Iterator[Ask]) -> Waits:
    """Keep eight clients asking, each from questions of its own."""
    until = perf_counter() + ROUND_S
    asked: Sequence[Ask] = [next(questions) for _ in range(4000)]
    numbers = count()

    def client(_: int) -> list[float]:
        waits = []
        while (started := perf_counter()) < until:
            asked[next(numbers) % len(asked)]()
            waits.append((perf_counter() - started) * 1000)
        return waits

    with ThreadPoolExecutor(CLIENTS) as pool:
        waits = [wait for each in pool.map(client, range(CLIENTS)) for wait in each]
    return Waits(median(waits), quantiles(waits, n=100)[-1])


def _compare(work: str, waits: Mapping[str, Waits], bar: Bar) -> Iterator[Result]:
    yield Result(f"{work}, p50, {CLIENTS} clients", "ms", DRIVER, bar, waits[OURS].p50_ms, waits[DRIVER].p50_ms)
    yield Result(f"{work}, p99, {CLIENTS} clients", "ms", DRIVER, bar, waits[OURS].p99_ms, waits[DRIVER].p99_ms)


@contextmanager
def _exporting(command: Sequence[str]) -> Iterator[None]:
    """Export again and again, in processes of their own, until the block ends."""
    script = 'folder="$1"; shift; while rm -rf "$folder"/* && "$@"; do :; done'
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "export_beside.log").open("wb") as output:
        beside = subprocess.Popen(
            ["sh", "-c", script, "sh", str(empty_folder()), *command],
            cwd=ROOT,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield
        finally:
            _end(beside)


def _end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
