"""Pages as Arrow record batches: buffers filled by the C library for compiled pages, lists for the others.

Called by `tables`.
"""

import ctypes
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from formats import portable
from formats.cells import PageCells, sound_rows
from formats.columns import Column, Type
from formats.page_values import PageValues
from native import COMPILED, rows
from native.rows import Kind
from timeseries.scan.pages import Page

ARROW_TYPES: Mapping[Type, pa.DataType] = MappingProxyType(
    {
        Type.TEXT: pa.string(),
        Type.JSON: pa.string(),
        Type.ID: pa.string(),
        Type.UUID: pa.uuid(),
        Type.INT64: pa.int64(),
        Type.DOUBLE: pa.float64(),
        Type.BOOL: pa.bool_(),
        Type.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    }
)
ID_BYTES, ID_CHARACTERS = 16, 36


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """Return the schema of a file with these columns."""
    return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in columns])


def batch_of(page: Page, columns: Sequence[Column], schema: pa.Schema, misfits: Counter[str]) -> pa.RecordBatch:
    """Return the rows that a page keeps. Raises: StoreError for a malformed page."""
    values = PageValues(page)
    if page.kind != COMPILED:
        return pa.record_batch([_array_of_values(column, values, misfits) for column in columns], schema=schema)
    cells = PageCells(values, {}, misfits, Kind.PLAIN)
    with sound_rows():
        arrays = [
            _array_of_cells(column, cells) if column.cell else _array_of_values(column, values, misfits)
            for column in columns
        ]
    return pa.record_batch(arrays, schema=schema)


def _array_of_values(column: Column, values: PageValues, misfits: Counter[str]) -> pa.Array:
    arrow_type = ARROW_TYPES[column.type]
    if column.type == Type.UUID:
        return pa.ExtensionArray.from_storage(
            arrow_type, pa.array([each.bytes for each in values.column("id")], pa.binary(16))
        )
    if column.kind in MICROSECONDS_OF:
        read = MICROSECONDS_OF[column.kind]
        return pa.array([read(record[column.cell]) for record in values.records], pa.int64()).cast(arrow_type)
    return pa.array(portable.column_values(column, values, misfits), arrow_type)


MICROSECONDS_OF: Mapping[Kind, Callable[[Any], int | None]] = MappingProxyType(
    {Kind.TIME_OF_ID: portable.microseconds_of_id, Kind.MICROSECONDS: lambda value: value}
)


def _array_of_cells(column: Column, cells: PageCells) -> pa.Array:
    fill = FILLERS.get(column.kind, _fill_texts)
    return fill(column, cells)


def _fill_texts(column: Column, cells: PageCells) -> pa.Array:
    page, structure = cells.values.page, cells.column(column)
    offsets, bitmap = pa.allocate_buffer(4 * (page.rows + 1)), _bitmap(page.rows)
    size = rows.fill_text_offsets(structure, page.body_rows, page.mask, offsets.address, bitmap.address)
    texts = pa.allocate_buffer(size)
    rows.fill_text_bytes(structure, page.body_rows, page.mask, texts.address)
    return pa.StringArray.from_buffers(page.rows, offsets, texts, bitmap)


def _fill_numbers(column: Column, cells: PageCells) -> pa.Array:
    page = cells.values.page
    numbers, bitmap = pa.allocate_buffer(8 * page.rows), _bitmap(page.rows)
    rows.fill_numbers(cells.column(column), page.body_rows, page.mask, numbers.address, bitmap.address)
    return pa.Array.from_buffers(ARROW_TYPES[column.type], page.rows, [bitmap, numbers])


def _fill_ids(column: Column, cells: PageCells) -> pa.Array:
    page, is_text = cells.values.page, column.type == Type.ID
    size = ID_CHARACTERS if is_text else ID_BYTES
    ids = pa.allocate_buffer(size * page.rows)
    rows.fill_ids(cells.column(column), page.body_rows, page.mask, ids.address, is_text=is_text)
    if is_text:
        offsets = pa.array(range(0, size * page.rows + 1, size), pa.int32()).buffers()[1]
        return pa.StringArray.from_buffers(page.rows, offsets, ids)
    storage = pa.Array.from_buffers(pa.binary(ID_BYTES), page.rows, [None, ids])
    return pa.ExtensionArray.from_storage(pa.uuid(), storage)


FILLERS: Mapping[Kind, Callable[[Column, PageCells], pa.Array]] = MappingProxyType(
    {
        Kind.ID: _fill_ids,
        Kind.TIME_OF_ID: _fill_numbers,
        Kind.MICROSECONDS: _fill_numbers,
        Kind.INTEGER: _fill_numbers,
    }
)


def _bitmap(count: int) -> pa.Buffer:
    bitmap = pa.allocate_buffer((count + 7) // 8)
    ctypes.memset(bitmap.address, 0, bitmap.size)
    return bitmap
