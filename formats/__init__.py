"""Events as NDJSON, CSV, Parquet and Arrow: the table of formats, and the way of pages into bytes.

Called by `exports/` and the streamed answers of `api/`. Pages come from `timeseries.scan`; where the C library is built
they are encoded by it, else in Python, and the bytes are the same.
"""

from formats.columns import Column, Type, columns_of, computed_column, needed_columns
from formats.encoders import Encoder, open_encoder
from formats.page_values import PageValues
from formats.table import COMPRESSIONS, FORMATS, Format, format_of
from formats.writers import Writer, Written, open_writer

__all__ = [
    "COMPRESSIONS",
    "FORMATS",
    "Column",
    "Encoder",
    "Format",
    "PageValues",
    "Type",
    "Writer",
    "Written",
    "columns_of",
    "computed_column",
    "format_of",
    "needed_columns",
    "open_encoder",
    "open_writer",
]
