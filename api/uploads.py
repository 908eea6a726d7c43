"""Bodies of any length, read piece by piece as they come and unpacked on the way. Called by `api.events`.

A client that stops sending must not hold a thread of the server for ever, and granian's `wsgi.input` knows no timeout:
a thread of its own reads it, and ends with the connection. Of what is compressed a piece is unpacked at a time, so that
memory does not depend on what was sent; what grows beyond MAX_RATIO is refused.
"""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import closing
from queue import Empty, Full, Queue
from threading import Event, Thread
from time import monotonic
from typing import Any, Protocol

import zstandard
from django.conf import settings as django_settings
from django.core.handlers.wsgi import LimitedStream
from rest_framework.exceptions import UnsupportedMediaType

from core.errors import BodyCutOff, BodyTooSlow, InvalidInput, TooLarge

settings: Any = django_settings  # mypy does not see split settings

PIECE_BYTES = 64 * 1024
PIECES_AHEAD = 4
MAX_RATIO, FREE_BYTES = 200, 16 * 1024 * 1024
# Four bytes of zstd can mean 128 KiB: so few at a time keep what they mean below 8 MiB.
ZSTD_STEP_BYTES = 256
ZSTD_WINDOW_BYTES = 8 * 1024 * 1024  # as RFC 9659 bounds it
ENCODINGS = ("", "identity", "gzip", "zstd")


def length_of(request: Any) -> int | None:
    """Return how many bytes will be in memory at most; None where that cannot be told from the announced length."""
    if "HTTP_TRANSFER_ENCODING" in request.META or request.META.get("HTTP_CONTENT_ENCODING"):
        return None
    return int(request.META.get("CONTENT_LENGTH") or 0)


class Readable(Protocol):
    """What a body is read from."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""


class Incoming:
    """The bytes of a request's body as they come, with an end to waiting for them."""

    def __init__(self, request: Any) -> None:
        self.announced = (
            None if "HTTP_TRANSFER_ENCODING" in request.META else int(request.META.get("CONTENT_LENGTH") or 0)
        )
        # Not by way of Django, which reads nothing of a body whose length is not announced.
        source: Readable = request.META["wsgi.input"]
        self._read = source.read if self.announced is None else LimitedStream(source, self.announced).read  # type: ignore[arg-type] # it only reads
        self._pieces: Queue[bytes | Exception] = Queue(PIECES_AHEAD)
        self._is_closed = Event()
        self._ends_s = monotonic() + settings.INGEST_TOTAL_S
        self._is_ended = False
        self.taken = 0
        Thread(target=self._pump, name="body", daemon=True).start()

    def read(self, _size: int = -1) -> bytes:
        """Return the next piece, none at the end.

        Raises: BodyTooSlow, BodyCutOff.
        """
        if self._is_ended:
            return b""
        try:
            piece = self._pieces.get(timeout=max(0.0, min(settings.INGEST_IDLE_S, self._ends_s - monotonic())))
        except Empty:
            raise BodyTooSlow(self._why_late()) from None
        if isinstance(piece, Exception):
            raise BodyCutOff(f"the body could not be read to its end: {piece}") from piece
        self._is_ended = not piece
        self.taken += len(piece)
        if not piece and self.announced is not None and self.taken < self.announced:
            raise BodyCutOff(f"of {self.announced} bytes that were announced {self.taken} came")
        return piece

    def close(self) -> None:
        """Let the thread end."""
        self._is_closed.set()

    def _pump(self) -> None:
        piece: bytes | Exception = b"-"
        while piece and not isinstance(piece, Exception):
            try:
                piece = self._read(PIECE_BYTES)
            except Exception as error:  # noqa: BLE001 - whatever it is, the reader tells it
                piece = error
            if not self._put(piece):
                return

    def _put(self, piece: bytes | Exception) -> bool:
        while not self._is_closed.is_set():
            try:
                self._pieces.put(piece, timeout=1.0)
            except Full:
                continue
            return True
        return False

    def _why_late(self) -> str:
        if monotonic() >= self._ends_s:
            return f"the body took longer than {settings.INGEST_TOTAL_S:g} s"
        return f"fewer than {PIECE_BYTES} bytes came in {settings.INGEST_IDLE_S:g} s"


def read_pieces(request: Any) -> Iterator[bytes]:
    """Give a request's body, unpacked, piece by piece.

    Raises: UnsupportedMediaType for another Content-Encoding than gzip and zstd; while giving BodyTooSlow, BodyCutOff,
    TooLarge for what is packed too well, InvalidInput for what is not packed as it says.
    """
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding not in ENCODINGS:
        raise UnsupportedMediaType(encoding, f"no Content-Encoding {encoding[:40]!r}: send gzip, zstd or none")
    unpack = {"gzip": _gunzip, "zstd": _unpack_zstd}.get(encoding)
    return _give(request, unpack)


def _give(request: Any, unpack: Any) -> Iterator[bytes]:
    with closing(Incoming(request)) as incoming:
        if unpack is None:
            yield from iter(incoming.read, b"")
            return
        given = 0
        try:
            for piece in unpack(incoming):
                given += len(piece)
                if given > FREE_BYTES + MAX_RATIO * incoming.taken:
                    raise TooLarge(f"the body unpacks to more than {MAX_RATIO} times its size")
                yield piece
        except EOFError as error:
            raise BodyCutOff("the packed body ends in the middle") from error
        except (OSError, zlib.error, zstandard.ZstdError) as error:
            raise InvalidInput(f"the body is not packed as its Content-Encoding says: {error}") from error


def _gunzip(incoming: Incoming) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=_Buffered(incoming)) as unpacked:  # type: ignore[call-overload] # it only reads
        yield from iter(lambda: unpacked.read(PIECE_BYTES), b"")


def _unpack_zstd(incoming: Incoming) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES)
    frame = decompressor.decompressobj()
    is_begun = False
    for piece in iter(incoming.read, b""):
        for at in range(0, len(piece), ZSTD_STEP_BYTES):
            packed = piece[at : at + ZSTD_STEP_BYTES]
            while packed:
                if frame.eof:
                    frame, is_begun = decompressor.decompressobj(), False
                unpacked, packed, is_begun = frame.decompress(packed), frame.unused_data, True
                if unpacked:
                    yield unpacked
    if not frame.eof and is_begun:
        raise EOFError


class _Buffered:
    """The incoming bytes for a reader that asks for a number of them."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming, self._held = incoming, b""

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, none at the end."""
        if not self._held:
            self._held = self._incoming.read()
        given, self._held = self._held[:size], self._held[size:]
        return given
