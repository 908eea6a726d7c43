"""A page's rows as Python values, for columns that are computed and fields of the payload. Called by the encoders.

Only what is asked for is decoded, once, and only of the rows that the page keeps.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import Any, cast
from uuid import UUID

import orjson

from core.errors import StoreError
from native import rows
from timeseries.scan.pages import Page

STORE = "timeseries"


class PageValues:
    """The values of one page, by the columns of its body: texts (an absent one is empty), ids as UUID, numbers."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._cells: rows.Cells | None = None
        self._records: list[dict[str, Any]] | None = None
        self._payloads: list[Any] | None = None

    @property
    def cells(self) -> rows.Cells:
        """The cells of a compiled page. Raises: StoreError where the page is malformed."""
        if self._cells is None:
            page = self.page
            try:
                self._cells = rows.index_rows(cast("bytes", page.body), rows=page.body_rows, columns=len(page.columns))
            except rows.MalformedRows as error:
                raise StoreError(str(error), store=STORE) from error
        return self._cells

    @property
    def records(self) -> list[dict[str, Any]]:
        """The kept rows of a portable page, by column."""
        if self._records is None:
            texts = self.kept(cast("Sequence[str]", self.page.body))
            self._records = orjson.loads(f"[{','.join(texts)}]")
        return self._records

    def kept(self, values: Sequence[Any]) -> list[Any]:
        """Return those of one value per row of the body whose row the page keeps."""
        return list(values) if self.page.mask is None else list(compress(values, self.page.mask))

    def column(self, name: str) -> list[Any]:
        """Return a column of the body."""
        if not isinstance(self.page.body, bytes):
            values = [record[name] for record in self.records]
            return [UUID(value) for value in values] if name == "id" else values
        cells = self.kept(self.cells.values(self.page.columns.index(name)))
        decode = DECODERS.get(name, _text)
        return [None if cell is None else decode(cell) for cell in cells]

    @property
    def payloads(self) -> list[Any]:
        """The payloads, read."""
        if self._payloads is None:
            self._payloads = [None if text is None else orjson.loads(text) for text in self.column("payload")]
        return self._payloads


def _text(cell: bytes) -> str:
    return cell.decode()


def _integer(cell: bytes) -> int:
    return int.from_bytes(cell, "big", signed=True)


def _id(cell: bytes) -> UUID:
    return UUID(bytes=cell)


DECODERS: Mapping[str, Callable[[bytes], Any]] = {"id": _id, "written": _integer, "ttl_s": _integer, "payload": bytes}
