"""The ceiling of any export: pages over bare sockets, of which only the number of rows is read. Prints that number.

`python -m benchmarks.rivals.events.raw_scan TABLE [PAGE_ROWS] [CONNECTIONS]`. Version 4 of the protocol, which adds no
checksums to the pages; one page under way on each connection, each with ranges of tokens of its own.
Source: Cassandra's native_protocol_v4.spec.
"""

import socket
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from benchmarks.rivals.events.addresses import COLUMNS, TOKEN, Address, address, token_ranges

RANGES = 64
PAGE_ROWS, CONNECTIONS = 5000, 4
VERSION = 4
STARTUP, READY, AUTHENTICATE, QUERY, RESULT, AUTH_RESPONSE, AUTH_SUCCESS = 0x01, 0x02, 0x03, 0x07, 0x08, 0x0F, 0x10
LOCAL_ONE = 0x0A
SKIP_METADATA, PAGE_SIZE, WITH_PAGING_STATE = 0x02, 0x04, 0x08
HAS_MORE_PAGES = 0x02
RECEIVE_BYTES = 4 << 20


class Connection:
    """A connection that is logged in, with one request under way."""

    def __init__(self, where: Address) -> None:
        self._socket = socket.create_connection((where.host, where.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self._buffer = bytearray(RECEIVE_BYTES)
        kind, _ = self.ask(STARTUP, struct.pack(">H", 1) + _text("CQL_VERSION") + _text("3.0.0"))
        if kind == AUTHENTICATE:
            token = f"\0{where.user}\0{where.password}".encode()
            kind, _ = self.ask(AUTH_RESPONSE, struct.pack(">i", len(token)) + token)
        if kind not in (READY, AUTH_SUCCESS):
            raise ConnectionError(f"Cassandra refused the log-in ({kind:#x})")

    def ask(self, kind: int, body: bytes) -> tuple[int, memoryview]:
        """Send a frame; return the kind and the body of the answer, which holds until the next."""
        self._socket.sendall(struct.pack(">BBhBI", VERSION, 0, 0, kind, len(body)) + body)
        _, _, _, answer, length = struct.unpack(">BBhBI", self._receive(9))
        return answer, self._receive(length)

    def _receive(self, length: int) -> memoryview:
        if length > len(self._buffer):
            self._buffer = bytearray(length)
        whole, filled = memoryview(self._buffer)[:length], 0
        while filled < length:
            received = self._socket.recv_into(whole[filled:])
            if not received:
                raise ConnectionError("Cassandra hung up")
            filled += received
        return whole


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def scan_range(connection: Connection, cql: str, page_rows: int) -> int:
    """Read all pages of a query; return how many rows they had."""
    query, state, rows = cql.encode(), b"", 0
    while True:
        flags = SKIP_METADATA | PAGE_SIZE | (WITH_PAGING_STATE if state else 0)
        body = struct.pack(">I", len(query)) + query + struct.pack(">HBi", LOCAL_ONE, flags, page_rows)
        kind, answer = connection.ask(QUERY, body + (struct.pack(">i", len(state)) + state if state else b""))
        if kind != RESULT:
            raise ConnectionError(f"Cassandra answered {kind:#x}: {bytes(answer[:300])!r}")
        _, flags, _ = struct.unpack_from(">iii", answer, 0)
        place, state = 12, b""
        if flags & HAS_MORE_PAGES:
            (length,) = struct.unpack_from(">i", answer, place)
            state = bytes(answer[place + 4 : place + 4 + length])
            place += 4 + length
        rows += struct.unpack_from(">i", answer, place)[0] if flags & 0x04 else _rows_after_metadata(answer, place)
        if not state:
            return rows


def _rows_after_metadata(answer: memoryview, place: int) -> int:
    """Skip the columns' names and types, which the server sends with an unprepared query all the same."""
    for _ in range(2):
        place += 2 + struct.unpack_from(">H", answer, place)[0]
    for _ in COLUMNS:
        place += 4 + struct.unpack_from(">H", answer, place)[0]
    return int(struct.unpack_from(">i", answer, place)[0])


def main(table: str, page_rows: int = PAGE_ROWS, connections: int = CONNECTIONS) -> int:
    """Read the whole table."""
    where = address()
    select = f"SELECT {', '.join(COLUMNS)} FROM {where.keyspace}.{table}"
    waiting: SimpleQueue[tuple[int, int] | None] = SimpleQueue()
    for each in [*token_ranges(RANGES), *[None] * connections]:
        waiting.put(each)

    def work() -> int:
        connection, rows = Connection(where), 0
        while (bounds := waiting.get()) is not None:
            cql = f"{select} WHERE {TOKEN} > {bounds[0]} AND {TOKEN} <= {bounds[1]}"
            rows += scan_range(connection, cql, page_rows)
        return rows

    with ThreadPoolExecutor(connections) as pool:
        return sum(work.result() for work in [pool.submit(work) for _ in range(connections)])


if __name__ == "__main__":
    print(main(sys.argv[1], *map(int, sys.argv[2:])))
