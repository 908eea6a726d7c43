"""An export as one writes it with the Python driver: its pages (decoded by its Cython) become NDJSON by orjson.

`python -m benchmarks.rivals.events.driver_export TABLE FILE [json]`; prints the number of rows. Ranges of tokens, four
under way, the next page fetched while this one is written. With `json` Cassandra makes the JSON (SELECT JSON), and the
driver decodes in plain Python: what is left without a compiler.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

import orjson
from cassandra.cluster import ResponseFuture, Session
from cassandra.protocol import ProtocolHandler, _ProtocolHandler

from benchmarks.rivals.events.addresses import COLUMNS, TOKEN, driver_session, token_ranges

RANGES, UNDER_WAY, PAGE_ROWS = 64, 4, 5000
Rows = list[Any]


def encode_rows(rows: Rows) -> bytes:
    """Make lines of rows of values."""
    dump, fragment = orjson.dumps, orjson.Fragment
    return b"".join(
        dump(
            {
                "stream": row[0],
                "bucket": row[1],
                "shard": row[2],
                "id": row[3],
                "actor": row[4],
                "kind": row[5],
                "level": row[6],
                "payload": fragment(row[7]),
                "client_id": row[8],
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
        for row in rows
    )


def join_texts(rows: Rows) -> bytes:
    """Make lines of rows that are JSON already."""
    return "".join([f"{row[0]}\n" for row in rows]).encode()


def export(session: Session, cql: str, write: Callable[[Rows], int]) -> int:
    """Read every range of a query; return how many rows there were."""
    statement, ranges = session.prepare(cql), iter(token_ranges(RANGES))
    arrived: SimpleQueue[tuple[ResponseFuture, Rows | Exception]] = SimpleQueue()
    under_way = rows = 0

    def begin() -> int:
        bounds = next(ranges, None)
        if bounds is None:
            return 0
        future = session.execute_async(statement, bounds)
        future.add_callbacks(lambda page: arrived.put((future, page)), lambda error: arrived.put((future, error)))
        return 1

    under_way = sum(begin() for _ in range(UNDER_WAY))
    while under_way:
        future, page = arrived.get()
        if isinstance(page, Exception):
            raise page
        if future.has_more_pages:
            future.start_fetching_next_page()
        else:
            under_way += begin() - 1
        rows += write(page)
    return rows


def main(table: str, path: str, mode: str = "") -> int:
    """Export a table into a file."""
    columns = ", ".join(COLUMNS)
    select, encode = (f"JSON {columns}", join_texts) if mode else (columns, encode_rows)
    with driver_session() as session, Path(path).open("wb", buffering=0) as file:
        session.client_protocol_handler = _ProtocolHandler if mode else ProtocolHandler
        session.default_fetch_size = PAGE_ROWS
        cql = f"SELECT {select} FROM {table} WHERE {TOKEN} > ? AND {TOKEN} <= ?"
        return export(session, cql, lambda rows: _write(file, encode(rows), len(rows)))


def _write(file: BinaryIO, lines: bytes, rows: int) -> int:
    file.write(lines)
    return rows


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
