"""Rows of events through the C library: found by an index, picked by masks, written as NDJSON, CSV or Arrow's buffers.

Called by `timeseries.scan` and `formats`, which have the portable way beside. Knows bytes and kinds of cells, no event.
Source of the calls: `sources/rows.h`.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any

from native import library

Buffer = Any  # a ctypes array; ctypes has no name for its type
_CUT_OFF, _TRAILING, _BAD_CELL = -1, -2, -3
_REASONS = {
    _CUT_OFF: "a cell is longer than the rest of the body",
    _TRAILING: "the body goes on after its last row",
    _BAD_CELL: "a cell has not as many bytes as its type",
}


class MalformedRows(ValueError):
    """The body is not what its header says; nothing beyond it was read."""


class Kind(IntEnum):
    """What a cell holds, and so how it is written."""

    TEXT = 0
    OPTIONAL = 1
    RAW = 2
    PLAIN = 3
    ID = 4
    TIME_OF_ID = 5
    MICROSECONDS = 6
    INTEGER = 7


class Column(ctypes.Structure):
    """One column: where its cells are, what they hold, and what is written before each."""

    _fields_ = (
        ("base", ctypes.c_void_p),
        ("offsets", ctypes.c_void_p),
        ("lengths", ctypes.c_void_p),
        ("stride", ctypes.c_int64),
        ("name", ctypes.c_char_p),
        ("name_length", ctypes.c_int32),
        ("kind", ctypes.c_int32),
    )


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of `rows` rows of `columns` each; as long as this lives its columns may be used."""

    base: bytes
    rows: int
    columns: int
    offsets: Buffer
    lengths: Buffer

    def column(self, number: int, kind: Kind, name: bytes = b"") -> Column:
        """Return one column of the cells."""
        skipped = 4 * number
        return Column(
            ctypes.cast(ctypes.c_char_p(self.base), ctypes.c_void_p).value,
            ctypes.addressof(self.offsets) + skipped,
            ctypes.addressof(self.lengths) + skipped,
            self.columns,
            name,
            len(name),
            kind,
        )

    def values(self, number: int) -> list[bytes | None]:
        """Return one column's cells, None for nulls."""
        starts = self.offsets[number :: self.columns]
        lengths = self.lengths[number :: self.columns]
        return [
            None if length < 0 else self.base[start : start + length]
            for start, length in zip(starts, lengths, strict=True)
        ]


def index_rows(body: bytes, *, rows: int, columns: int) -> Cells:
    """Find the cells of a body. Raises: MalformedRows."""
    cells = rows * columns
    offsets, lengths = (ctypes.c_int32 * cells)(), (ctypes.c_int32 * cells)()
    check(_call().trivium_rows_index(body, _size(len(body)), _size(cells), offsets, lengths))
    return Cells(body, rows, columns, offsets, lengths)


def cells_of(values: Sequence[bytes | None]) -> Cells:
    """Return values from elsewhere as one column of cells, to stand beside those of a body."""
    rows = len(values)
    offsets, lengths = (ctypes.c_int32 * rows)(), (ctypes.c_int32 * rows)()
    at = 0
    for row, value in enumerate(values):
        offsets[row], lengths[row] = at, -1 if value is None else len(value)
        at += 0 if value is None else len(value)
    return Cells(b"".join(value for value in values if value), rows, 1, offsets, lengths)


def pick_times(ids: Column, mask: bytearray, *, low: int, high: int) -> None:
    """Keep in the mask only rows whose id's time is in [low, high), in ticks of 100 ns. Raises: MalformedRows."""
    check(
        _call().trivium_rows_pick_times(
            ctypes.byref(ids), _size(len(mask)), ctypes.c_int64(low), ctypes.c_int64(high), _writable(mask)
        )
    )


def pick_writes(writes: Column, mask: bytearray, *, since: int) -> None:
    """Keep in the mask only rows written at that many microseconds since 1970 or later. Raises: MalformedRows."""
    check(
        _call().trivium_rows_pick_writes(ctypes.byref(writes), _size(len(mask)), ctypes.c_int64(since), _writable(mask))
    )


def pick_streams(streams: Column, mask: bytearray, *, names: Sequence[bytes]) -> None:
    """Keep in the mask only rows of those streams. Raises: MalformedRows."""
    bounds, at = (ctypes.c_int32 * (len(names) + 1))(), 0
    for number, name in enumerate(names, start=1):
        at += len(name)
        bounds[number] = at
    check(
        _call().trivium_rows_pick_streams(
            ctypes.byref(streams),
            _size(len(mask)),
            b"".join(names),
            bounds,
            _size(len(names)),
            _writable(mask),
        )
    )


@dataclass(slots=True)
class TextWriter:
    """Writes rows into a buffer that it keeps from page to page; not for two threads at once."""

    buffer: bytearray

    def ndjson(self, columns: Sequence[Column], *, rows: int, mask: bytes | None) -> memoryview:
        """Return the lines of the rows that the mask keeps, valid until the next call. Raises: MalformedRows."""
        return self._write(_call().trivium_rows_ndjson, columns, rows, mask)

    def csv(self, columns: Sequence[Column], *, rows: int, mask: bytes | None, is_neutral: bool) -> memoryview:
        """Return the lines of the rows that the mask keeps, valid until the next call. Raises: MalformedRows."""
        return self._write(_call().trivium_rows_csv, columns, rows, mask, ctypes.c_int(is_neutral))

    def _write(self, write: Any, columns: Sequence[Column], rows: int, mask: bytes | None, *more: Any) -> memoryview:
        structures = (Column * len(columns))(*columns)
        following, written = ctypes.c_int64(0), 0
        while True:
            room = _size(len(self.buffer) - written)
            out = (ctypes.c_char * room.value).from_buffer(self.buffer, written)
            place = ctypes.byref(following)
            written += check(write(structures, _size(len(columns)), _size(rows), mask, out, room, place, *more))
            del out  # else the buffer could not grow
            if following.value >= rows:
                return memoryview(self.buffer)[:written]
            self.buffer = self.buffer[:written] + bytes(max(len(self.buffer), 1 << 16))


def fill_text_offsets(column: Column, count: int, mask: bytes | None, offsets: int, bitmap: int) -> int:
    """Fill Arrow's offsets (int32, one more than kept rows) and bitmap (zeroed before) at two addresses.

    Returns how many bytes the texts have. Raises: MalformedRows.
    """
    return check(
        _call().trivium_rows_text_offsets(ctypes.byref(column), _size(count), mask, _address(offsets), _address(bitmap))
    )


def fill_text_bytes(column: Column, count: int, mask: bytes | None, texts: int) -> None:
    """Fill Arrow's bytes of texts at an address with room for what `fill_text_offsets` returned."""
    check(_call().trivium_rows_text_bytes(ctypes.byref(column), _size(count), mask, _address(texts)))


def fill_numbers(column: Column, count: int, mask: bytes | None, numbers: int, bitmap: int) -> None:
    """Fill int64 values of kept rows, and the bitmap (zeroed before). Raises: MalformedRows."""
    check(_call().trivium_rows_numbers(ctypes.byref(column), _size(count), mask, _address(numbers), _address(bitmap)))


def fill_ids(column: Column, count: int, mask: bytes | None, ids: int, *, is_text: bool) -> None:
    """Fill the ids of kept rows, 16 bytes or 36 characters each. Raises: MalformedRows."""
    check(_call().trivium_rows_ids(ctypes.byref(column), _size(count), mask, _address(ids), ctypes.c_int(is_text)))


def check(result: int) -> int:
    """Return a call's result. Raises: MalformedRows for a code of failure."""
    if result < 0:
        raise MalformedRows(f"rows from Cassandra are malformed: {_REASONS[result]}")
    return result


def _size(value: int) -> ctypes.c_int64:
    return ctypes.c_int64(value)


def _address(value: int) -> ctypes.c_void_p:
    return ctypes.c_void_p(value)


def _writable(mask: bytearray) -> Buffer:
    return (ctypes.c_uint8 * len(mask)).from_buffer(mask)


def _call() -> Any:
    loaded = library()
    if loaded is None:
        raise RuntimeError("the C library is not built: this is the compiled way only")
    return _declared(loaded)


@lru_cache(maxsize=1)
def _declared(loaded: ctypes.CDLL) -> ctypes.CDLL:
    for name in _RETURNING_SIZES:
        getattr(loaded, name).restype = ctypes.c_int64
    return loaded


_RETURNING_SIZES = (
    "trivium_rows_index",
    "trivium_rows_pick_times",
    "trivium_rows_pick_writes",
    "trivium_rows_pick_streams",
    "trivium_rows_ndjson",
    "trivium_rows_csv",
    "trivium_rows_text_offsets",
    "trivium_rows_text_bytes",
    "trivium_rows_numbers",
    "trivium_rows_ids",
)
