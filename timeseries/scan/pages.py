"""A page of a scan as it is handed on, and the position after it, from which another scan goes on. Pure.

Called by `reading`, `formats/` and `exports/`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.errors import InvalidInput

START, DONE = b"", b"D"
_TOKENS, _PARTITION = b"T", b"P"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a slice, undecoded.

    slice: the slice's number in the scan.
    rows: how many rows are kept: those that `mask` says, of `body_rows`.
    body: the cells as the protocol has them (kind `compiled`), or one JSON text per row (`portable`).
    columns: what stands in each row of the body, in order (`queries.Wanted`).
    position: from here a scan of the slice goes on after this page, in whatever process, also after Cassandra was
    restarted and with the other kind; DONE after the last page.
    mask: a byte per row of the body, 1 for those that are kept; None for all.
    """

    slice: int
    rows: int
    body: bytes | Sequence[str]
    position: bytes
    is_last: bool
    kind: str
    columns: tuple[str, ...]
    body_rows: int
    mask: bytes | None = None

    def keeping(self, mask: bytes) -> "Page":
        """Return the page with only those of its kept rows that another mask says, too."""
        both = mask if self.mask is None else bytes(map(int.__and__, self.mask, mask))
        return replace(self, mask=both, rows=both.count(1))


def position_in_tokens(state: bytes | None) -> bytes:
    """Return the position in a slice of tokens: the server's paging state, None when it has no more."""
    return DONE if state is None else _TOKENS + state


def position_in_partition(number: int, state: bytes) -> bytes:
    """Return the position in a slice of partitions: the partition's number, and the paging state in it."""
    return _PARTITION + number.to_bytes(4, "big") + state


def read_position(position: bytes, *, partitions: int | None) -> tuple[int, bytes]:
    """Return the number of the partition, 0 for a slice of tokens, and the paging state (empty: from the beginning).

    Raises: InvalidInput for a position that is not of such a slice.
    """
    if position == START:
        return 0, b""
    if partitions is None and position[:1] == _TOKENS:
        return 0, position[1:]
    if partitions is not None and position[:1] == _PARTITION and len(position) >= 5:
        number = int.from_bytes(position[1:5], "big")
        if number < partitions:
            return number, position[5:]
    raise InvalidInput("not a position in this slice of the scan", path="positions")
