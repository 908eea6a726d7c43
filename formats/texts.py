"""NDJSON and CSV of pages: by the C library for compiled pages, in Python for the others; the bytes are the same.

Called by `encoders`.
"""

from collections import Counter
from collections.abc import Sequence

import orjson

from formats import portable
from formats.cells import PageCells, sound_rows
from formats.columns import Column
from formats.computing import CSV_RENDERERS, JSON_RENDERERS
from formats.page_values import PageValues
from native import COMPILED, rows
from native.rows import Kind
from timeseries.scan.pages import Page

FIRST_BUFFER_BYTES = 1 << 16
Encoded = bytes | memoryview


class NdjsonEncoder:
    """Lines of JSON objects, members in the columns' order, as the API shows events."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.misfits: Counter[str] = Counter()
        self._columns = columns
        self._names = [(b"," if at else b"{") + orjson.dumps(column.name) + b":" for at, column in enumerate(columns)]
        self._writer = rows.TextWriter(bytearray(FIRST_BUFFER_BYTES))

    def begin(self) -> Encoded:
        """Return what stands first: nothing."""
        return b""

    def encode(self, page: Page) -> Encoded:
        """Return a page's lines, valid until the next call. Raises: StoreError for a malformed page."""
        values = PageValues(page)
        if page.kind != COMPILED:
            return portable.ndjson(values, self._columns, self.misfits)
        cells = PageCells(values, JSON_RENDERERS, self.misfits, Kind.PLAIN)
        with sound_rows():
            named = [cells.column(*each) for each in zip(self._columns, self._names, strict=True)]
            return self._writer.ndjson(named, rows=page.body_rows, mask=page.mask)

    def end(self) -> Encoded:
        """Return what stands last: nothing."""
        return b""


class CsvEncoder:
    """RFC 4180: a header line, lines that end with CR LF, cells in quotes where they must be, empty ones for null.

    `is_neutral`: a text that a spreadsheet would take for a formula gets an apostrophe before it.
    """

    def __init__(self, columns: Sequence[Column], *, is_neutral: bool) -> None:
        self.misfits: Counter[str] = Counter()
        self._columns = columns
        self._is_neutral = is_neutral
        self._writer = rows.TextWriter(bytearray(FIRST_BUFFER_BYTES))

    def begin(self) -> Encoded:
        """Return the header line."""
        return portable.csv_lines([[column.name for column in self._columns]])

    def encode(self, page: Page) -> Encoded:
        """Return a page's lines, valid until the next call. Raises: StoreError for a malformed page."""
        values = PageValues(page)
        if page.kind != COMPILED:
            return portable.csv(values, self._columns, self.misfits, is_neutral=self._is_neutral)
        cells = PageCells(values, CSV_RENDERERS, self.misfits, Kind.TEXT)
        with sound_rows():
            columns = [cells.column(column) for column in self._columns]
            return self._writer.csv(columns, rows=page.body_rows, mask=page.mask, is_neutral=self._is_neutral)

    def end(self) -> Encoded:
        """Return what stands last: nothing."""
        return b""
