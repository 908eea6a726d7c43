"""A JSON array of any length as its elements' bytes, found by structure alone, so that a bad element costs only itself.

Called by `json_values`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from imports.layouts import Chunks
from imports.sources import Damaged

MAX_ELEMENT_BYTES = 32 << 20
KEPT_OF_LONG_ELEMENT_BYTES = 1024
OUTSIDE_TEXT = re.compile(rb'["\[\]{},]')
INSIDE_TEXT = re.compile(rb'["\\]')


@dataclass(frozen=True, slots=True)
class Element:
    """An element's bytes; `wrong` says why it cannot be read, empty when only its own JSON can be wrong."""

    raw: bytes = field(repr=False)
    wrong: str = ""
    ends_input: bool = False


def split_array(chunks: Chunks) -> Iterator[Element]:
    """Yield the elements of the one array that the chunks hold, in order, each at most 32 MiB."""
    scan = _Scan()
    try:
        for chunk in chunks:
            yield from scan.feed(chunk)
    except Damaged as damage:
        yield Element(scan.pending(), f"{damage}: nothing from here on could be read", ends_input=True)
        return
    if not scan.done:
        reason = "the array is not closed: the file is cut off, or a bracket or quote too many"
        yield Element(scan.pending(), reason, ends_input=True)
    elif scan.pending().strip():
        yield Element(scan.pending(), "text after the end of the array")


class _Scan:
    """Where in the array we are: how deep, inside a text or not, and the bytes of the element begun."""

    def __init__(self) -> None:
        self.depth = 0
        self.done = False
        self.in_text = False
        self.skip = 0
        self.parts: list[bytes] = []
        self.size = 0
        self.elements = 0

    def pending(self) -> bytes:
        return b"".join(self.parts)[:KEPT_OF_LONG_ELEMENT_BYTES]

    def feed(self, chunk: bytes) -> Iterator[Element]:
        at, begin = self.skip, 0
        while not self.done and (found := (INSIDE_TEXT if self.in_text else OUTSIDE_TEXT).search(chunk, at)):
            token = found.group()
            at = found.end() + self._step(token)
            self.done = self.depth == 0
            if self.done or (self.depth == 1 and token == b","):
                yield from self._finish(chunk[begin : found.start()])
                begin = at
            elif self.depth == 1 and token == b"[":
                begin = at
        self.skip = max(at - len(chunk), 0)
        self._keep(chunk[begin:])

    def _step(self, token: bytes) -> int:
        """Take a token into account; return how many bytes after it have no meaning."""
        if self.in_text:
            self.in_text = token != b'"'
            return int(token == b"\\")
        if token == b'"':
            self.in_text = True
        elif token in b"[{":
            self.depth += 1
        elif token == b"]" or (token == b"}" and self.depth > 1):
            self.depth -= 1
        return 0

    def _keep(self, part: bytes) -> None:
        self.size += len(part)
        if self.size <= MAX_ELEMENT_BYTES:
            self.parts.append(part)
        else:
            self.parts = [self.pending() or part[:KEPT_OF_LONG_ELEMENT_BYTES]]

    def _finish(self, part: bytes) -> Iterator[Element]:
        self._keep(part)
        raw, size = b"".join(self.parts), self.size
        self.parts, self.size, self.elements = [], 0, self.elements + 1
        if self.done and self.elements == 1 and not raw.strip():
            return
        too_long = f"longer than {MAX_ELEMENT_BYTES >> 20} MiB; raw holds its beginning"
        yield Element(raw, too_long if size > MAX_ELEMENT_BYTES else "")
