"""BSON dumps as mongodump writes them: documents one after the other, each with its length in front."""

from collections.abc import Iterator

import bson
from bson.codec_options import CodecOptions
from bson.errors import BSONError

from core.errors import InvalidInput
from imports.layouts import Chunks, Layout, Reading
from imports.records import Outcomes, Record, Rejection
from imports.sources import Damaged
from imports.values import check_value

MIN_DOCUMENT_BYTES = 5
MAX_DOCUMENT_BYTES = (16 << 20) + (16 << 10)  # what a server may hold, with room for its own fields
LENGTH_BYTES = 4
KEPT_BYTES = 1024
OPTIONS: CodecOptions[dict[str, object]] = CodecOptions(document_class=dict, tz_aware=True)


def read_bson(chunks: Chunks, _layout: Layout) -> Reading:
    """Read documents in order; times come with UTC. A wrong length ends the file, as nothing after it can be found."""
    return Reading(None, _documents(chunks))


def _documents(chunks: Chunks) -> Outcomes:
    for number, piece in enumerate(_split(chunks), start=1):
        yield _decode(number, piece) if isinstance(piece, bytes) else Rejection(number, *piece, ends_input=True)


def _decode(number: int, raw: bytes) -> Record | Rejection:
    try:
        fields = bson.decode(raw, OPTIONS)
        check_value(fields)
    except InvalidInput as error:
        return Rejection(number, error.message, raw)
    except (BSONError, ValueError, OverflowError, RecursionError) as error:
        return Rejection(number, _own_words(error), raw)
    return Record(number, fields, raw)


def _own_words(error: Exception) -> str:
    beyond = "CodecOptions" in str(error) or isinstance(error, OverflowError)
    if beyond:
        return "a date is outside the years 1 to 9999: mend it in the source, or write it as text"
    if isinstance(error, RecursionError):
        return "nested too deep: at most 100 levels"
    return "no BSON: the document is damaged; dump it again"


def _split(chunks: Chunks) -> Iterator[bytes | tuple[str, bytes]]:
    buffer = b""
    try:
        for chunk in chunks:
            buffer += chunk
            at = 0
            while length := _whole_document(buffer, at):
                yield buffer[at : at + length]
                at += length
            buffer = buffer[at:]
            if _is_wrong(_length(buffer, 0)):
                break
    except Damaged as damage:
        yield f"{damage}: nothing from here on could be read", buffer[:KEPT_BYTES]
        return
    if buffer:
        yield _ending(_length(buffer, 0)), buffer[:KEPT_BYTES]


def _whole_document(buffer: bytes, at: int) -> int:
    """Return the length of the document at an offset, 0 when it is wrong or not whole yet."""
    length = _length(buffer, at)
    return 0 if length is None or _is_wrong(length) or at + length > len(buffer) else length


def _length(buffer: bytes, at: int) -> int | None:
    head = buffer[at : at + LENGTH_BYTES]
    return int.from_bytes(head, "little", signed=True) if len(head) == LENGTH_BYTES else None


def _is_wrong(length: int | None) -> bool:
    return length is not None and not MIN_DOCUMENT_BYTES <= length <= MAX_DOCUMENT_BYTES


def _ending(length: int | None) -> str:
    if _is_wrong(length):
        return f"no BSON document begins with the length {length}: nothing from here on could be read"
    return "the last document is cut off"
