"""Which rows of a page are asked for, where the statement cannot say it: by stream, time and write time.

Called by `reading`.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

import orjson

from core.times import to_microseconds
from native import rows
from native.rows import Kind
from timeseries.identity import sort_key
from timeseries.scan.messages import Answer
from timeseries.scan.queries import Query, Wanted


def mask_of(answer: Answer, query: Query) -> bytes | None:
    """Return a byte per row, 1 for those that are asked for; None for all. Raises: MalformedRows."""
    if not query.picks or not answer.rows:
        return None
    if isinstance(answer.body, bytes):
        return _picked_cells(answer.body, answer.rows, query)
    return bytes(_picked_texts(answer.body, query.wanted))


def _picked_cells(body: bytes, count: int, query: Query) -> bytes:
    cells = rows.index_rows(body, rows=count, columns=len(query.columns))
    place = {name: at for at, name in enumerate(query.columns)}
    wanted, mask = query.wanted, bytearray(b"\1" * count)
    if "id" in query.picks:
        low, high = wanted.window.ticks
        rows.pick_times(cells.column(place["id"], Kind.ID), mask, low=low, high=high)
    if "stream" in query.picks:
        names = [name.encode() for name in wanted.streams or ()]
        rows.pick_streams(cells.column(place["stream"], Kind.TEXT), mask, names=names)
    if wanted.written_from is not None:
        since = to_microseconds(wanted.written_from)
        rows.pick_writes(cells.column(place["written"], Kind.MICROSECONDS), mask, since=since)
    return bytes(mask)


def _picked_texts(texts: Sequence[str], wanted: Wanted) -> Iterator[bool]:
    low, high = (sort_key(each) for each in wanted.window.ids)
    since = None if wanted.written_from is None else to_microseconds(wanted.written_from)
    for text in texts:
        row = orjson.loads(text)
        yield (
            ("id" not in row or low < sort_key(UUID(row["id"])) < high)
            and (wanted.streams is None or "stream" not in row or row["stream"] in wanted.streams)
            and (since is None or row["written"] >= since)
        )
