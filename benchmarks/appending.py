"""Events append, the last work of the claim `api`: batches of 1,000 over HTTP against the driver alone.

The driver gets the finished rows, of both tables, and writes them in unlogged batches of 100; ours reads, checks and
places each event first. Called by `api`.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from statistics import median
from typing import Any

import orjson
from cassandra.concurrent import execute_concurrent
from cassandra.query import BatchStatement, BatchType

from benchmarks.driving import ask, drive, http_request
from benchmarks.ledger import Person
from benchmarks.results import Result
from core.principals import Principal
from core.times import format_time, now
from timeseries import selectors, services
from timeseries.directory import actor_versions, find_streams
from timeseries.events import parse_event
from timeseries.placement import place_event
from timeseries.session import Request, driver_session, prepare, write_time_us

WORK = "events append, 1,000 a batch"
UNIT = "events a second"
DRIVER = "cassandra-driver"
OURS_STREAM, DRIVER_STREAM = "bench_ours", "bench_driver"
BATCH_EVENTS = 1000
DRIVER_BATCH_ROWS = 100
CONCURRENCY = 32
ACTORS = 50
ROUNDS = 5
ROUND_S = 2.0
Event = dict[str, Any]


class OtherEvents(Exception):
    """What was written is not what is read: there is nothing to compare."""


def measure_append(port: int, person: Person) -> list[Result]:
    """Append by turns through the server on that port and by the driver; return the medians of events a second.

    Raises: OtherEvents, WrongAnswer.
    """
    owner = Principal(person.id)
    for name in {OURS_STREAM, DRIVER_STREAM} - set(find_streams([OURS_STREAM, DRIVER_STREAM])):
        services.create_stream(owner, name=name, retention="days7")
    batches = _batches()
    _check_same_events(port, person, next(batches))
    ours, theirs = [], []
    for _ in range(ROUNDS):
        answers, seconds = drive(port, (_append_request(person, batch) for batch in batches), seconds=ROUND_S)
        ours.append(answers * BATCH_EVENTS / seconds)
        theirs.append(_drive_rows(batches))
    return [Result(WORK, UNIT, DRIVER, ours=median(ours), theirs=median(theirs))]


def _batches() -> Iterator[list[Event]]:
    """Make batches of new events without end, a microsecond apart."""
    start, number = now(), 0
    while True:
        yield [
            {
                "time": format_time(start + timedelta(microseconds=number + place)),
                "actor": f"bench.customer:{(number + place) % ACTORS}",
                "kind": "purchase",
                "payload": {"number": number + place, "text": "three disks and a book", "price": 12.5},
            }
            for place in range(BATCH_EVENTS)
        ]
        number += BATCH_EVENTS


def _append_request(person: Person, batch: list[Event]) -> bytes:
    headers = {"Authorization": f"Bearer {person.token}", "X-Forwarded-Proto": "https"}
    return http_request("POST", f"/api/v1/streams/{OURS_STREAM}/events", body=orjson.dumps(batch), headers=headers)


def _rows(batch: list[Event]) -> list[Request]:
    """Return the rows of both tables that ours makes of a batch."""
    stream = find_streams([DRIVER_STREAM])[DRIVER_STREAM]
    actors = {settings.retention: actor_versions(settings.retention) for settings in stream.settings}
    moment, written_us = now(), write_time_us()
    placements = [place_event(stream, parse_event(event), actors, moment) for event in batch]
    lists = {row: request for placement in placements for row, request in placement.list_rows.items()}
    by_actor = [placement.insert_by_actor(written_us) for placement in placements]
    return [*lists.values(), *by_actor, *(placement.insert_by_stream(written_us) for placement in placements)]


def _write_rows(rows: list[Request]) -> None:
    waiting, statements = iter(rows), []
    while chunk := list(islice(waiting, DRIVER_BATCH_ROWS)):
        statement = BatchStatement(BatchType.UNLOGGED)
        for request in chunk:
            statement.add(prepare(request.cql), tuple(request.values))
        statements.append((statement, None))
    execute_concurrent(driver_session(), statements, concurrency=CONCURRENCY, raise_on_first_error=True)


def _drive_rows(batches: Iterator[list[Event]]) -> float:
    events, seconds = 0, 0.0
    while seconds < ROUND_S:
        rows = _rows(next(batches))
        started = time.perf_counter()
        _write_rows(rows)
        seconds += time.perf_counter() - started
        events += BATCH_EVENTS
    return events / seconds


def _check_same_events(port: int, person: Person, batch: list[Event]) -> None:
    answer = orjson.loads(ask(port, _append_request(person, batch)))
    _write_rows(_rows(batch))
    written, read = [
        [
            (event.time, event.actor, event.kind, event.payload)
            for event in selectors.events_by_stream(Principal(person.id), name, limit=BATCH_EVENTS)
        ]
        for name in (OURS_STREAM, DRIVER_STREAM)
    ]
    if answer["stored"] != BATCH_EVENTS or written != read or len(read) != BATCH_EVENTS:
        raise OtherEvents(f"{answer['stored']} stored, {len(written)} read of ours, {len(read)} of the driver's")
