"""Pages of a scan made from rows by hand: the cells as Cassandra's protocol has them, or its texts of SELECT JSON."""

from uuid import UUID

import orjson

from native import COMPILED
from timeseries.scan import DONE, Page

COLUMNS = ("stream", "id", "actor", "kind", "level", "client_id", "payload", "written", "ttl_s")
SIZES = {"written": 8, "ttl_s": 4}


def page_of(rows, kind, *, mask=None, columns=COLUMNS):
    """One page of rows (dicts by column) in one of the two forms."""
    body = body_of(rows, columns) if kind == COMPILED else [json_of(row, columns) for row in rows]
    kept = len(rows) if mask is None else mask.count(1)
    return Page(0, kept, body, DONE, True, kind, columns, len(rows), mask)


def body_of(rows, columns=COLUMNS):
    """The rows' cells: a length of four bytes (-1 for null), and the bytes."""
    return b"".join(cell for row in rows for column in columns for cell in framed(column, row[column]))


def framed(column, value):
    if value is None:
        return [b"\xff\xff\xff\xff"]
    if isinstance(value, UUID):
        cell = value.bytes
    elif isinstance(value, int):
        cell = value.to_bytes(SIZES[column], "big", signed=True)
    else:
        cell = value.encode()
    return [len(cell).to_bytes(4, "big"), cell]


def json_of(row, columns=COLUMNS):
    """One row's text."""
    return orjson.dumps({name: row[name] for name in columns}).decode()


def row_of(**values):
    """A row with these values."""
    usual = {
        "stream": "web",
        "id": UUID("5e5d2000-fe9c-11f0-8e63-13be4ee4d2cf"),
        "actor": "",
        "kind": "click",
        "level": "",
        "client_id": "",
        "payload": "{}",
        "written": 1_769_860_800_000_000,
        "ttl_s": None,
    }
    return usual | values
