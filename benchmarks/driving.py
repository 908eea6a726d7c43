"""The driver: keep-alive HTTP connections over bare sockets, each with one request under way, on one thread.

It is as cheap as Python allows, so that on a small machine the server under test gets the CPU. Called by `rounds`.
"""

import selectors
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from benchmarks.processes import HOST

CONNECTIONS = 4
READ_BYTES = 1 << 18
ANSWER_TIMEOUT_S = 30.0
SUCCESS = (b"200", b"201")


class WrongAnswer(Exception):
    """A server answered something else than success; the message shows it."""


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    received: bytearray = field(default_factory=bytearray)


def http_request(method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Write a request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", "Accept: application/json"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(port: int, request: bytes) -> bytes:
    """Send one request and return the answer's body.

    Raises: WrongAnswer for any status but success.
    """
    with socket.create_connection((HOST, port), ANSWER_TIMEOUT_S) as connection:
        connection.sendall(request)
        received = bytearray()
        while (end := _answer_end(received)) is None:
            _receive(connection, received)
        head, _, body = bytes(received[:end]).partition(b"\r\n\r\n")
        return _join_chunks(body) if b"chunked" in head.lower() else body


def drive(port: int, requests: Iterator[bytes], *, seconds: float) -> tuple[int, float]:
    """Keep every connection busy for so many seconds; return how many answers came and how long it took.

    Raises: WrongAnswer for any status but success.
    """
    with selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            opened = socket.create_connection((HOST, port), ANSWER_TIMEOUT_S)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(opened, selectors.EVENT_READ, _Connection(opened))
        try:
            return _drive(selector, requests, seconds)
        finally:
            for key in list(selector.get_map().values()):
                key.data.socket.close()


def _drive(selector: selectors.BaseSelector, requests: Iterator[bytes], seconds: float) -> tuple[int, float]:
    under_way, answers = 0, 0
    started = time.perf_counter()
    for key in selector.get_map().values():
        key.data.socket.sendall(next(requests))
        under_way += 1
    while under_way:
        ready = selector.select(ANSWER_TIMEOUT_S)
        if not ready:
            raise WrongAnswer(f"no answer within {ANSWER_TIMEOUT_S:g} s")
        for key, _ in ready:
            connection: _Connection = key.data
            _receive(connection.socket, connection.received)
            if _answer_end(connection.received) is None:
                continue
            connection.received.clear()
            answers += 1
            if time.perf_counter() - started < seconds:
                connection.socket.sendall(next(requests))
            else:
                under_way -= 1
    return answers, time.perf_counter() - started


def _receive(connection: socket.socket, received: bytearray) -> None:
    arrived = connection.recv(READ_BYTES)
    if not arrived:
        raise WrongAnswer(f"the server hung up after {bytes(received[:500])!r}")
    received += arrived


def _answer_end(received: bytearray) -> int | None:
    """Return where a whole answer ends; None while some of it is missing."""
    head_end = received.find(b"\r\n\r\n")
    if head_end < 0:
        return None
    head = bytes(received[:head_end]).lower()
    length_at = head.find(b"content-length:")
    if length_at >= 0:
        end = head_end + 4 + int(head[length_at + 15 :].split(b"\r\n", 1)[0])
        is_whole = len(received) >= end
    else:
        end = len(received)
        is_whole = received.endswith(b"\r\n0\r\n\r\n")
    if is_whole and head[9:12] not in SUCCESS:
        raise WrongAnswer(bytes(received[:1500]).decode("utf-8", "replace"))
    return end if is_whole else None


def _join_chunks(body: bytes) -> bytes:
    joined = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        joined, body = joined + rest[:length], rest[length + 2 :]
        if not length:
            break
    return joined
