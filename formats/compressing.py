"""Bytes as frames that may be appended one to the other: gzip members, zstd frames, or as they are.

Called by `encoders`. A file cut off behind a frame is whole up to there.
"""

import gzip
from collections.abc import Callable

import zstandard

GZIP_LEVEL = 4
ZSTD_LEVEL = 3
Raw = bytes | memoryview
Compress = Callable[[Raw], bytes]


def frames_of(compression: str) -> Compress:
    """Return what makes one frame of some bytes; of none, none."""
    if compression == "gzip":
        return lambda raw: gzip.compress(raw, GZIP_LEVEL, mtime=0) if len(raw) else b""
    if compression == "zstd":
        compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL)
        return lambda raw: compressor.compress(raw) if len(raw) else b""
    return bytes  # the encoders' buffers are used again
