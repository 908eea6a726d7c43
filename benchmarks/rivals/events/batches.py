"""Writing as one writes it with the Python driver: prepared statements, unlogged batches of a partition, many at once.

`python -m benchmarks.rivals.events.batches MODE RETENTION ROWS.pickle`; prints as JSON how many rows, and the seconds
from the first write to the last answer. Modes: `stream`, `both` (unlogged batches of 100, one table or both), and
`concurrent` (execute_concurrent_with_args, 100 at once, the stream's table).
"""

import json
import pickle
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from cassandra.cluster import Session
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.query import BatchStatement, BatchType, PreparedStatement

from benchmarks.rivals.events.addresses import driver_session

BATCH_ROWS, IN_FLIGHT, AT_ONCE = 100, 16, 100
WINDOW_ROWS = 80_000
Row = tuple[Any, ...]
STREAM_COLUMNS = "stream, bucket, shard, id, actor, kind, level, payload, client_id"
ACTOR_COLUMNS = "lane, bucket, actor, id, stream, kind, level, payload, client_id"


def insert(table: str, columns: str) -> str:
    """Write the statement; the row's last value is its time to live."""
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * 9)}) USING TTL ?"


def write_batches(session: Session, rows: Iterator[Row], statement: PreparedStatement, *, key_columns: int) -> None:
    """Write rows in batches of one partition each, grouped within a window of rows; the next window waits for none."""
    room, failures = BoundedSemaphore(IN_FLIGHT), []

    def fail(error: Exception) -> None:
        failures.append(error)
        room.release()

    while window := list(islice(rows, WINDOW_ROWS)):
        partitions: dict[Row, list[Row]] = defaultdict(list)
        for row in window:
            partitions[row[:key_columns]].append(row)
        for group in partitions.values():
            for at in range(0, len(group), BATCH_ROWS):
                batch = BatchStatement(BatchType.UNLOGGED)
                for row in group[at : at + BATCH_ROWS]:
                    batch.add(statement, row)
                room.acquire()
                session.execute_async(batch).add_callbacks(lambda _: room.release(), fail)
    for _ in range(IN_FLIGHT):
        room.acquire()
    if failures:
        raise failures[0]


def write_stream(session: Session, retention: str, by_stream: Sequence[Row], _by_actor: Sequence[Row]) -> None:
    """Write the stream's table."""
    statement = session.prepare(insert(f"events_by_stream_{retention}", STREAM_COLUMNS))
    write_batches(session, iter(by_stream), statement, key_columns=3)


def write_both(session: Session, retention: str, by_stream: Sequence[Row], by_actor: Sequence[Row]) -> None:
    """Write both tables, the actors' first."""
    statement = session.prepare(insert(f"events_by_actor_{retention}", ACTOR_COLUMNS))
    write_batches(session, iter(by_actor), statement, key_columns=2)
    write_stream(session, retention, by_stream, by_actor)


def write_concurrently(session: Session, retention: str, by_stream: Sequence[Row], _by_actor: Sequence[Row]) -> None:
    """Write the stream's table row by row."""
    statement = session.prepare(insert(f"events_by_stream_{retention}", STREAM_COLUMNS))
    execute_concurrent_with_args(session, statement, by_stream, concurrency=AT_ONCE, raise_on_first_error=True)


MODES: dict[str, Callable[[Session, str, Sequence[Row], Sequence[Row]], None]] = {
    "stream": write_stream,
    "both": write_both,
    "concurrent": write_concurrently,
}


def main(mode: str, retention: str, path: str) -> None:
    """Write the rows of a file."""
    by_stream, by_actor = pickle.loads(Path(path).read_bytes())
    with driver_session() as session:
        started = time.perf_counter()
        MODES[mode](session, retention, by_stream, by_actor)
        print(json.dumps({"rows": len(by_stream), "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main(*sys.argv[1:])
