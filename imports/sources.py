"""Files as chunks of bytes, gzip seen by content and undone, never more than a chunk in memory. Called by `loading`."""

import itertools
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import InvalidInput, NotFound

CHUNK_BYTES = 1 << 18
GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW = zlib.MAX_WBITS | 16


class Damaged(Exception):
    """The bytes end or break where they must not; what came before is good. Stays within the readers."""


@dataclass(slots=True)
class Source:
    """An open file: its first decompressed chunk for a look, then all chunks, and how far it was read."""

    name: str
    size: int
    head: bytes
    rest: Iterator[bytes]
    counted: "_CountedChunks"

    def chunks(self) -> Iterator[bytes]:
        """Yield the whole content, decompressed, once; raise Damaged after the last good byte of a broken gzip."""
        return itertools.chain([self.head], self.rest)

    def position(self) -> int:
        """Return how many bytes of the file (compressed, if it is) were read."""
        return self.counted.bytes_read


class _CountedChunks:
    """A file's chunks and how many bytes they were; a pipe does not tell where it is."""

    def __init__(self, file: BinaryIO) -> None:
        self.bytes_read = 0
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self._file.read(CHUNK_BYTES):
            self.bytes_read += len(chunk)
            yield chunk


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a file for one pass; `size` is 0 where the system does not know it.

    Raises: NotFound when there is no such file, InvalidInput when it cannot be read.
    """
    try:
        file = path.open("rb", buffering=0)
    except FileNotFoundError as error:
        raise NotFound(f"there is no file {path}") from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    with file:
        counted = _CountedChunks(file)
        head, rest = _look(_decompressed(iter(counted)))
        size = path.stat().st_size if path.is_file() else 0
        yield Source(path.name, size, head, rest, counted)


def _decompressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(chunks, b"")
    if len(first) < len(GZIP_MAGIC):  # a pipe gives as little as it likes
        first += next(chunks, b"")
    chained = itertools.chain([first], chunks)
    return _gunzip(chained) if first.startswith(GZIP_MAGIC) else chained


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Undo gzip, member after member, as `gzip -dc` does; zeros after the last member are padding."""
    member = zlib.decompressobj(GZIP_WINDOW)
    for chunk in chunks:
        pending, more = chunk, False
        while pending or more:
            if member.eof:
                member = zlib.decompressobj(GZIP_WINDOW)
            text = _inflate(member, pending)
            more = len(text) == CHUNK_BYTES and not member.eof
            pending = member.unused_data.lstrip(b"\0") if member.eof else member.unconsumed_tail
            if text:
                yield text
    if not member.eof:
        raise Damaged("the gzip data is cut off")


def _inflate(member: "zlib._Decompress", pending: bytes) -> bytes:
    try:
        return member.decompress(pending, CHUNK_BYTES)
    except zlib.error as error:
        raise Damaged(f"the gzip data is broken ({error})") from error


def _look(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first chunks, up to a whole line, and the rest; damage there is kept for whoever reads the rest."""
    head = b""
    try:
        while b"\n" not in head and len(head) < CHUNK_BYTES and (chunk := next(chunks, b"")):
            head += chunk
    except Damaged as damage:
        return head, _raising(damage)
    return head, chunks


def _raising(damage: Damaged) -> Iterator[bytes]:
    if damage:
        raise damage
    yield b""
