"""An export as one answer that is sent while it is read: pieces of bytes, the first drawn before anything is sent.

Called by the live process, on threads. What the text formats have says of itself whether it is whole: NDJSON ends with
an end record, Parquet and Arrow with their footers; a CSV that is cut off is known by its connection alone.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import zstandard

from core.principals import Principal
from exports.manifest import Manifest, line_of
from exports.reading import Reading
from exports.request import ExportRequest, parse_request
from formats import FORMATS
from formats.compressing import GZIP_LEVEL, ZSTD_LEVEL
from timeseries.scan import Page

PIECE_BYTES = 256 * 1024
GZIP_WINDOW = zlib.MAX_WBITS | 16
# An answer is one gzip member or zstd frame: of several most clients read the first only.
COMPRESSORS: Mapping[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP_WINDOW),
    "zstd": lambda: zstandard.ZstdCompressor(level=ZSTD_LEVEL).compressobj(),
}


class ExportStream:
    """One answer; made, and each piece drawn, where blocking is no harm."""

    def __init__(self, principal: Principal, asked: Mapping[str, Any]) -> None:
        """Check what is asked and draw the first page.

        Raises: InvalidInput, NotFound, PermissionRefused, StoreUnavailable, StoreTimeout.
        """
        request = parse_request(asked)
        self._reading = Reading(principal, request)
        self.headers = _headers(request)
        self._is_wanted = True
        self._pieces = _joined(self._read(request))
        self._first = next(self._pieces)

    def read(self) -> bytes:
        """Return the next piece; empty at the end. Raises: StoreUnavailable, StoreTimeout, StoreError."""
        piece, self._first = self._first or next(self._pieces, b""), b""
        return piece

    def close(self) -> None:
        """Let nothing more be read."""
        self._is_wanted = False

    def _read(self, request: ExportRequest) -> Iterator[bytes]:
        is_framed = FORMATS[request.format].is_framed
        within = "none" if is_framed else request.compression
        compressor = COMPRESSORS[request.compression]() if is_framed and request.compression != "none" else None
        encoder = self._reading.encoder(compression=within)
        digest, rows = hashlib.sha256(), 0
        manifest = Manifest({"slices": [each.as_json() for each in self._reading.plan()]})
        pages = self._reading.pages(manifest, stop=lambda: not self._is_wanted)
        for piece, count in _encoded(encoder, pages):
            digest.update(piece)
            rows += count
            yield compressor.compress(piece) if compressor else bytes(piece)
        last = line_of({"end": {"rows": rows, "sha256": digest.hexdigest()}}) if request.format == "ndjson" else b""
        yield compressor.compress(last) + compressor.flush() if compressor else last


def _encoded(encoder: Any, pages: Iterator[Page]) -> Iterator[tuple[bytes | memoryview, int]]:
    yield encoder.begin(), 0
    for page in pages:
        yield encoder.encode(page), page.rows
    yield encoder.end(), 0


def _joined(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Put small pieces together: each one sent costs a turn of the event loop. The first is drawn with its page."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        if piece:
            waiting.append(piece)
            size += len(piece)
        if size >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _headers(request: ExportRequest) -> dict[str, str]:
    found = FORMATS[request.format]
    name = f"events{found.extension}"
    headers = {"Content-Type": found.content_type, "Content-Disposition": f'attachment; filename="{name}"'}
    if found.is_framed and request.compression != "none":
        headers["Content-Encoding"] = request.compression
    return headers
