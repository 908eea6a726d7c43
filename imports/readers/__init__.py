"""Readers: a function per format, from chunks of bytes to records and rejections. Pure, streaming, constant memory."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from imports.layouts import Chunks, Layout, Reading
from imports.readers.bson_dump import read_bson
from imports.readers.columns import read_columns
from imports.readers.csv_rows import read_csv
from imports.readers.json_values import read_extended_json, read_ndjson
from imports.readers.logs import read_log

READERS: Mapping[str, Callable[[Chunks, Layout], Reading]] = MappingProxyType(
    {
        "bson": read_bson,
        "columns": read_columns,
        "csv": read_csv,
        "extjson": read_extended_json,
        "log": read_log,
        "ndjson": read_ndjson,
    },
)
