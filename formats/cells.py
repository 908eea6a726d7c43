"""The columns of a compiled page as the C library takes them: its own cells, and computed ones beside.

Called by `texts` and `batches`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.errors import StoreError
from formats.columns import Column, Type
from formats.computing import Render, computed_values, rendered
from formats.page_values import STORE, PageValues
from native import rows
from native.rows import Kind


@dataclass(slots=True)
class PageCells:
    """One page; its columns may be used as long as this lives."""

    values: PageValues
    renderers: Mapping[Type, Render]
    misfits: Counter[str]
    text_kind: Kind
    _alive: list[rows.Cells] = field(default_factory=list)

    def column(self, column: Column, name: bytes = b"") -> rows.Column:
        """Return a column, with what is written before each of its values. Raises: StoreError, MalformedRows."""
        if column.cell:
            place = self.values.page.columns.index(column.cell)
            return self.values.cells.column(place, column.kind, name)
        found = rendered(computed_values(column, self.values, self.misfits), column, self.renderers)
        cells = rows.cells_of(self._spread(found))
        self._alive.append(cells)
        return cells.column(0, self.text_kind if column.type == Type.TEXT else Kind.PLAIN, name)

    def _spread(self, kept: list[bytes | None]) -> list[bytes | None]:
        """Put the values of kept rows beside the body's rows."""
        mask = self.values.page.mask
        if mask is None:
            return kept
        following = iter(kept)
        return [next(following) if is_kept else None for is_kept in mask]


@contextmanager
def sound_rows() -> Iterator[None]:
    """Turn what the C library says of a malformed page into an error of our tree."""
    try:
        yield
    except rows.MalformedRows as error:
        raise StoreError(str(error), store=STORE) from error
