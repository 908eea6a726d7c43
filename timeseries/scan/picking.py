"""Which rows of a page are asked for, where the statement cannot say it: by stream, time and write time.

Called by `reading`.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

import orjson

from core.times import to_microseconds
from native import PORTABLE
from timeseries.identity import sort_key
from timeseries.scan.messages import Answer
from timeseries.scan.queries import Query


def mask_of(answer: Answer, query: Query, kind: str) -> bytes | None:
    """Return a byte per row, 1 for those that are asked for; None for all."""
    if not query.wanted.picks_rows(query.part):
        return None
    if kind != PORTABLE or isinstance(answer.body, bytes):
        raise NotImplementedError
    return bytes(_picked(answer.body, query))


def _picked(texts: Sequence[str], query: Query) -> Iterator[bool]:
    wanted = query.wanted
    low, high = (sort_key(each) for each in wanted.window.ids)
    written_from = None if wanted.written_from is None else to_microseconds(wanted.written_from)
    for text in texts:
        row = orjson.loads(text)
        yield (
            ("id" not in row or low < sort_key(UUID(row["id"])) < high)
            and (wanted.streams is None or row["stream"] in wanted.streams)
            and (written_from is None or row["written"] >= written_from)
        )
