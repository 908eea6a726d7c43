"""Pages to the bytes of one file, compressed: what `exports/` and streamed answers use. Called by them and `writers`.

An encoder makes one file: what `begin`, each `encode` and `end` return, one after the other.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from formats.columns import Column
from formats.compressing import Compress, frames_of
from formats.table import format_of
from formats.texts import CsvEncoder, Encoded, NdjsonEncoder
from timeseries.scan.pages import Page


class Encoder(Protocol):
    """One file in the making, uncompressed. What is returned is valid until the next call."""

    @property
    def misfits(self) -> Mapping[str, int]:
        """How many values were left null because they do not fit their column's type, by column."""

    def begin(self) -> Encoded:
        """Return what stands first."""

    def encode(self, page: Page) -> Encoded:
        """Return a page's bytes; formats that collect rows may return none. Raises: StoreError."""

    def end(self) -> Encoded:
        """Return what stands last."""


class FramedEncoder:
    """One file in the making, every piece a compressed frame; `raw_bytes` counts what there was before."""

    def __init__(self, inner: Encoder, compress: Compress) -> None:
        self._inner = inner
        self._compress = compress
        self.raw_bytes = 0

    @property
    def misfits(self) -> Mapping[str, int]:
        """How many values were left null because they do not fit, by column."""
        return self._inner.misfits

    def begin(self) -> bytes:
        """Return what stands first."""
        return self._frame(self._inner.begin())

    def encode(self, page: Page) -> bytes:
        """Return a page's frame. Raises: StoreError."""
        return self._frame(self._inner.encode(page))

    def end(self) -> bytes:
        """Return what stands last."""
        return self._frame(self._inner.end())

    def _frame(self, raw: Encoded) -> bytes:
        self.raw_bytes += len(raw)
        return self._compress(raw)


def open_encoder(
    format_name: str,
    columns: Sequence[Column],
    *,
    compression: str | None = None,
    is_neutral: bool = False,
) -> FramedEncoder:
    """Return the encoder of one file. `is_neutral`: formulas in CSV are made texts.

    Raises: InvalidInput for a format, compression or column type that there is not; UnsupportedQuery where the format
    needs what is not installed.
    """
    found, compression = format_of(format_name, compression)
    if found.name == "ndjson":
        return FramedEncoder(NdjsonEncoder(columns), frames_of(compression))
    if found.name == "csv":
        return FramedEncoder(CsvEncoder(columns, is_neutral=is_neutral), frames_of(compression))
    from formats.tables import TableEncoder  # noqa: PLC0415 - pyarrow is large, and may not be there

    return FramedEncoder(TableEncoder(found.name, columns, compression=compression), frames_of("none"))
