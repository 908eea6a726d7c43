"""Parquet and Arrow files in the making: batches collected to row groups, and what the writer put down drained.

Called by `encoders`, where pyarrow is installed.
"""

import io
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from formats.batches import batch_of, schema_of
from formats.columns import Column
from timeseries.scan.pages import Page

GROUP_ROWS, GROUP_BYTES = 65_536, 32 << 20
# Texts that come again and again; a dictionary of ids or payloads would be larger than they are.
REPEATED = frozenset({"stream", "actor", "kind", "level"})
# Arrow's own pool keeps what it has had, which doubles what an export takes.
pa.set_memory_pool(pa.system_memory_pool())


class _Drain(io.RawIOBase):
    """A file whose bytes are taken out again."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, piece: Any) -> int:
        kept = bytes(piece)
        self._pieces.append(kept)
        self._position += len(kept)
        return len(kept)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


class TableEncoder:
    """One Parquet or Arrow file: row groups of about GROUP_ROWS rows, or GROUP_BYTES where rows are large."""

    def __init__(self, format_name: str, columns: Sequence[Column], *, compression: str) -> None:
        self.misfits: Counter[str] = Counter()
        self._columns = columns
        self._schema = schema_of(columns)
        self._drain = _Drain()
        open_writer = _open_parquet if format_name == "parquet" else _open_arrow
        self._writer = open_writer(self._drain, self._schema, compression)
        self._batches: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def begin(self) -> bytes:
        """Return what stands first."""
        return self._drain.take()

    def encode(self, page: Page) -> bytes:
        """Take a page's rows; return the bytes of a row group when one is full. Raises: StoreError."""
        if page.rows:
            batch = batch_of(page, self._columns, self._schema, self.misfits)
            self._batches.append(batch)
            self._rows += batch.num_rows
            self._bytes += batch.nbytes
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._write_group()
        return self._drain.take()

    def end(self) -> bytes:
        """Return the last row group and what stands last."""
        self._write_group()
        self._writer.close()
        return self._drain.take()

    def _write_group(self) -> None:
        if self._batches:
            table = pa.Table.from_batches(self._batches, self._schema)
            self._batches.clear()
            self._writer.write_table(table, self._rows)
            self._rows = self._bytes = 0


def _open_parquet(sink: io.RawIOBase, schema: pa.Schema, compression: str) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        sink,
        schema,
        compression=compression,
        use_dictionary=[name for name in schema.names if name in REPEATED],
        write_statistics=[name for name in schema.names if name != "payload"],
    )


def _open_arrow(sink: io.RawIOBase, schema: pa.Schema, compression: str) -> pa.RecordBatchFileWriter:
    options = pa.ipc.IpcWriteOptions(compression=None if compression == "none" else compression)
    return pa.ipc.new_file(sink, schema, options=options)
