"""The ids of the events in a part, whatever its format, a piece of the file at a time. Called by `verifying`."""

import csv
import gzip
import io
from collections.abc import Iterator
from typing import Any, BinaryIO, cast
from uuid import UUID

import orjson
import zstandard

from exports.request import ExportRequest
from exports.targets import Target

BATCH_ROWS = 10_000
CHUNK_BYTES = 1 << 20


def ids_of_part(target: Target, name: str, request: ExportRequest) -> Iterator[bytes]:
    """Yield the ids, 16 bytes each. Raises: TargetFailed."""
    with target.open_read(name) as file:
        if request.format in ("parquet", "arrow"):
            yield from _of_table(file, request.format)
        else:
            yield from _of_text(_decompressed(file, request.compression), request.format)


def _of_text(content: BinaryIO, format_name: str) -> Iterator[bytes]:
    if format_name == "ndjson":
        for line in content:
            yield UUID(orjson.loads(line)["id"]).bytes
        return
    rows = csv.DictReader(io.TextIOWrapper(content, encoding="utf-8", newline=""))
    for row in rows:
        yield UUID(row["id"].removeprefix("'")).bytes


def _of_table(file: BinaryIO, format_name: str) -> Iterator[bytes]:
    import pyarrow as pa  # noqa: PLC0415 - it may not be there, and is large
    import pyarrow.parquet as pq  # noqa: PLC0415 - likewise

    if format_name == "parquet":
        batches: Any = pq.ParquetFile(file).iter_batches(BATCH_ROWS, columns=["id"])
    else:
        reader = pa.ipc.open_file(file)
        batches = (reader.get_batch(number) for number in range(reader.num_record_batches))
    for batch in batches:
        for found in batch.column("id").to_pylist():
            yield found if isinstance(found, bytes) else UUID(str(found)).bytes


def _decompressed(file: BinaryIO, compression: str) -> BinaryIO:
    if compression == "zstd":
        reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        return cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", reader), CHUNK_BYTES))
    if compression == "gzip":
        return cast("BinaryIO", gzip.GzipFile(fileobj=file))
    return file
