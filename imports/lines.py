"""Chunks of bytes as numbered lines of text; a line too long, with NUL bytes or in another encoding is rejected alone.

Called by every reader of text.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from core.errors import InvalidInput
from imports.records import Rejection
from imports.sources import Damaged

MAX_LINE_BYTES = 32 << 20
KEPT_OF_LONG_LINE_BYTES = 1024
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
ASCII_PROBE = "".join(chr(code) for code in range(0x20, 0x7F)) + "\t\r\n"
NEWLINE = b"\n"


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its line end, decoded; `raw` as it stood in the file."""

    number: int
    text: str
    raw: bytes = field(repr=False)


Lines: TypeAlias = Iterator[Line | Rejection]


def read_lines(chunks: Iterator[bytes], encoding: str = "utf-8", *, blank: bool = False) -> Lines:
    """Yield every line as text; line ends are LF or CRLF, numbers count all lines from 1, blank ones come if wanted.

    Raises: InvalidInput for an encoding that is unknown or in which a newline is not the byte 0x0A.
    """
    codec = checked_encoding(encoding)
    for piece in _split(chunks):
        if isinstance(piece, Rejection):
            yield piece
            continue
        number, raw = piece
        if number == 1:
            raw = _without_mark(raw, codec)
        if blank or not (raw == b"" or raw.isspace()):
            yield _decode(number, raw, codec)


def checked_encoding(name: str) -> str:
    """Return the codec's normal name.

    Raises: InvalidInput when it is unknown or does not keep ASCII as it is.
    """
    try:
        codec = codecs.lookup(name)
        keeps_ascii = ASCII_PROBE.encode(codec.name) == ASCII_PROBE.encode("ascii")
    except (LookupError, UnicodeError, ValueError) as error:
        raise InvalidInput(f"there is no text encoding {name!r}: utf-8, latin-1 or windows-1252 are some") from error
    if not keeps_ascii:
        raise InvalidInput(f"{name} cannot be read line by line: convert it first, iconv -f {name} -t UTF-8 FILE")
    return codec.name


def _without_mark(raw: bytes, codec: str) -> bytes:
    if raw.startswith(UTF16_MARKS):
        raise InvalidInput("the file is UTF-16: convert it first, iconv -f UTF-16 -t UTF-8 FILE")
    return raw.removeprefix(codecs.BOM_UTF8) if codec == "utf-8" else raw


def _decode(number: int, raw: bytes, codec: str) -> Line | Rejection:
    if b"\0" in raw:
        return Rejection(number, "the line has a NUL byte", raw)
    try:
        return Line(number, raw.decode(codec), raw)
    except UnicodeDecodeError as error:
        where = f"byte 0x{raw[error.start]:02x} at position {error.start + 1}"
        return Rejection(number, f"not {codec}: {where}; name the file's encoding with --encoding", raw)


def _split(chunks: Iterator[bytes]) -> Iterator[tuple[int, bytes] | Rejection]:
    """Cut chunks at newlines; of a line over the bound only its beginning is kept."""
    number, rest, too_long = 1, b"", False
    try:
        for chunk in chunks:
            *whole, rest = (rest + chunk).split(NEWLINE)
            for raw in whole:
                yield _too_long(number, raw) if too_long else (number, raw.removesuffix(b"\r"))
                number, too_long = number + 1, False
            if too_long or len(rest) > MAX_LINE_BYTES:
                rest, too_long = rest[:KEPT_OF_LONG_LINE_BYTES], True
    except Damaged as damage:
        yield Rejection(
            number, f"{damage}: nothing from here on could be read", rest[:KEPT_OF_LONG_LINE_BYTES], ends_input=True
        )
        return
    if rest:
        yield _too_long(number, rest) if too_long else (number, rest.removesuffix(b"\r"))


def _too_long(number: int, raw: bytes) -> Rejection:
    reason = f"the line is longer than {MAX_LINE_BYTES >> 20} MiB; raw holds its beginning"
    return Rejection(number, reason, raw[:KEPT_OF_LONG_LINE_BYTES])
