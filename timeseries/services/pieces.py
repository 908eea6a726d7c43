"""Pieces of bytes cut anew into chunks of whole lines. Pure; called by `ingest`."""

from collections.abc import Iterable, Iterator

from core.errors import TooLarge, TriviumError

CHUNK_BYTES = 2 * 1024 * 1024
# A payload of 64 KiB may be written with six characters for each of its own.
MAX_LINE_BYTES = 1024 * 1024


def whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Give chunks of whole lines, about CHUNK_BYTES each; only the last may lack its line feed, and is then not blank.

    Where `pieces` ends in an error, the whole lines that came before are given first.

    Raises: TooLarge for a line of more than MAX_LINE_BYTES; what `pieces` raises.
    """
    waiting: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            waiting.append(piece)
            size += len(piece)
            if size >= CHUNK_BYTES:
                lines, rest = _cut(b"".join(waiting))
                waiting, size = [rest], len(rest)
                if lines:
                    yield lines
    except TriviumError:
        held = b"".join(waiting)
        yield held[: held.rfind(b"\n") + 1]
        raise
    held = b"".join(waiting)
    end = held.rfind(b"\n") + 1
    lines = held if held[end:].strip() else held[:end]
    if lines:
        yield lines


def _cut(held: bytes) -> tuple[bytes, bytes]:
    end = held.rfind(b"\n") + 1
    if len(held) - end > MAX_LINE_BYTES:
        raise TooLarge(f"a line has more than {MAX_LINE_BYTES} bytes")
    return held[:end], held[end:]
