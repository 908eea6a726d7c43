"""The rows that say which buckets were written to lately; acknowledged before any row of such a bucket is written.

So whoever reads them after a row was written finds its bucket. Named in `writers.WRITERS`.
"""

from collections.abc import Iterable, Iterator

from timeseries.memory import Memory
from timeseries.services.beside import Write
from timeseries.services.chunks import Chunk
from timeseries.session import Request
from timeseries.touches import INSERT, WINDOW_S, window_of

# Longer than a window: a row is named once for each.
NAMED = Memory[bool](max_entries=200_000, max_age_s=2.0 * WINDOW_S)


class TouchWriter:
    """See beside.Writer."""

    def before(self, chunk: Chunk) -> Iterable[Write]:
        """Name the chunk's buckets in the window of its write time."""
        return self._writes(chunk)

    def after(self, chunk: Chunk) -> Iterable[Write]:  # noqa: ARG002 - a Writer's
        """Write nothing."""
        return ()

    def _writes(self, chunk: Chunk) -> Iterator[Write]:
        window = window_of(chunk.written_us)
        for each in chunk.touched():
            row = (window, chunk.stream.name, each.retention, each.bucket, each.width_s, each.shards)
            yield Write(("touched", window), Request(INSERT, row), memory=NAMED, remembered=("touched", *row))
