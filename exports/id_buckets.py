"""Ids on disk, spread over files by their hash, so that two large sets can be compared a bit at a time.

Called by `verifying`.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import BinaryIO, Self

BUCKETS = 256
ID_BYTES = 16


class IdBuckets:
    """A set of ids of 16 bytes; `contents` gives it out bucket by bucket, the same ids in the same one."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="trivium-verify-")
        self._files: list[BinaryIO] = []

    def __enter__(self) -> Self:
        paths = [self._path(number) for number in range(BUCKETS)]
        self._files = [path.open("wb") for path in paths]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for file in self._files:
            file.close()
        self._folder.cleanup()

    def add(self, ids: Iterable[bytes]) -> None:
        """Add ids."""
        for each in ids:
            self._files[each[-1]].write(each)  # the last byte is one of a hash

    def contents(self) -> Iterator[set[bytes]]:
        """Return each bucket's ids."""
        for number, file in enumerate(self._files):
            file.flush()
            whole = self._path(number).read_bytes()
            yield {whole[at : at + ID_BYTES] for at in range(0, len(whole), ID_BYTES)}

    def _path(self, number: int) -> Path:
        return Path(self._folder.name) / f"{number:03d}"
