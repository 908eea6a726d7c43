"""One range of bytes of something that has a strong entity tag (RFC 9110, 14). Pure; called by `api.job_files`."""

import re
from dataclasses import dataclass

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)


class Unsatisfiable(ValueError):
    """No byte of the range is there."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`length` bytes from `start` on, of `size` in all."""

    start: int
    length: int
    size: int

    @property
    def is_all(self) -> bool:
        """Tell whether that is the whole."""
        return self.length == self.size

    @property
    def content_range(self) -> str:
        """The header that says which part it is."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


def read_range(asked: str, *, if_range: str, tag: str, size: int) -> ByteRange | None:
    """Return the part that Range asks for; None when all is to be sent.

    That is so without a range, for several ones, for what is no range of bytes, and when If-Range names another state
    (a date does: nothing here has one). `tag` is in its quotes.

    Raises: Unsatisfiable.
    """
    found = RANGE.fullmatch(asked.strip())
    if found is None or (if_range and if_range.strip() != tag):
        return None
    first, last = found.groups()
    if not first:
        return _last_bytes(int(last), size) if last else None
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable
    end = min(int(last), size - 1) if last else size - 1
    return ByteRange(int(first), end - int(first) + 1, size)


def _last_bytes(count: int, size: int) -> ByteRange:
    if not count or not size:
        raise Unsatisfiable
    return ByteRange(max(size - count, 0), min(count, size), size)
