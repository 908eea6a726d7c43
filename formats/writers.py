"""Pages to one open file, in any format. Called by `exports/`, where parts are files, and by tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from formats.columns import Column
from formats.encoders import FramedEncoder, open_encoder
from timeseries.scan.pages import Page


@dataclass(frozen=True, slots=True)
class Written:
    """What a file has: rows, bytes before compression and after, and values left null by column."""

    rows: int
    raw_bytes: int
    file_bytes: int
    misfits: Mapping[str, int]


@dataclass(slots=True)
class Writer:
    """One file in the making; the file stays open."""

    file: BinaryIO
    encoder: FramedEncoder
    rows: int = 0
    file_bytes: int = 0

    def write(self, page: Page) -> None:
        """Write a page's rows. Raises: StoreError, OSError."""
        self._put(self.encoder.encode(page))
        self.rows += page.rows

    def close(self) -> Written:
        """Write what stands last, and say what the file has. Raises: OSError."""
        self._put(self.encoder.end())
        return Written(self.rows, self.encoder.raw_bytes, self.file_bytes, dict(self.encoder.misfits))

    def _put(self, encoded: bytes) -> None:
        self.file_bytes += len(encoded)
        self.file.write(encoded)


def open_writer(
    format_name: str,
    file: BinaryIO,
    columns: Sequence[Column],
    *,
    compression: str | None = None,
    is_neutral: bool = False,
) -> Writer:
    """Begin a file. Raises: InvalidInput, UnsupportedQuery as `open_encoder`; OSError."""
    encoder = open_encoder(format_name, columns, compression=compression, is_neutral=is_neutral)
    writer = Writer(file, encoder)
    writer._put(encoder.begin())  # noqa: SLF001 - the same module
    return writer
