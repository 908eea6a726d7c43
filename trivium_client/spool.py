"""The spool: batches of lines as files of one folder, which one process has at a time. Called by `sender`.

A batch is there before its events count as taken, and until the server has answered for each. It is appended to until
it is full, sealed, and then only read and removed. What a kill leaves half-written was never taken, and is
left out.
"""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from trivium_client.errors import SpoolFull, SpoolInUse

REJECTED = "rejected.ndjson"
BATCHES = "batch-*.ndjson"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a batch and the whole folder (rejected lines included) may hold."""

    batch_events: int
    batch_bytes: int
    spool_bytes: int


@dataclass(slots=True)
class Batch:
    """A file of lines, by its number."""

    number: int
    path: Path
    events: int = 0
    size: int = 0

    def read(self) -> list[bytes]:
        """Return the lines, each with its line end; one that has none was never taken."""
        return [line + b"\n" for line in self.path.read_bytes().split(b"\n")[:-1]]


class Spool:
    """The batches that wait, oldest first; `durable`: what was appended has reached the disk when `append` returns."""

    def __init__(self, folder: Path, *, stream: str, bounds: Bounds, durable: bool) -> None:
        """Take the folder, which is made when it is missing, and what an earlier sender left in it.

        Raises: SpoolInUse, OSError.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._bounds, self._durable = folder, bounds, durable
        self._guard = threading.RLock()
        self._lock = _take_lock(folder)
        self._open_fd = -1
        try:
            _check_stream(folder / "stream", stream)
            self._waiting: deque[Batch] = deque(_recover(folder))
        except BaseException:
            os.close(self._lock)
            raise
        self._open: Batch | None = None
        self._next = self._waiting[-1].number + 1 if self._waiting else 1

    @property
    def pending(self) -> int:
        """How many events wait."""
        with self._guard:
            return sum(batch.events for batch in self._every())

    def append(self, lines: Sequence[bytes]) -> None:
        """Put lines into the open batch; one that gets full is sealed, and another begun.

        Raises: SpoolFull, also when the disk is full; `taken` tells how many of the lines are in.
        """
        with self._guard:
            self._check_room(sum(map(len, lines)))
            taken = 0
            try:
                for group in _groups(lines, self._bounds, self._open):
                    self._write(group)
                    taken += len(group)
            except OSError as error:
                raise SpoolFull(f"the spool cannot be written: {error}", taken=taken) from error

    def seal(self) -> int:
        """Let the open batch be sent; return the number of the newest sealed batch (0 for none ever)."""
        with self._guard:
            if self._open is not None:
                if not self._durable:
                    os.fsync(self._open_fd)
                    _sync_folder(self._folder)
                os.close(self._open_fd)
                self._waiting.append(self._open)
                self._open, self._open_fd = None, -1
            return self._next - 1

    def oldest(self) -> Batch | None:
        """Return the sealed batch that is to be sent next."""
        with self._guard:
            return self._waiting[0] if self._waiting else None

    def remove(self, batch: Batch, *, rejected: Iterable[bytes] = ()) -> None:
        """Forget a batch that the server has answered, once what it rejected is safely written down."""
        lines = b"".join(rejected)
        if lines:
            _append_durably(self._folder / REJECTED, lines)
        with self._guard:
            batch.path.unlink()
            self._waiting.remove(batch)

    def close(self) -> None:
        """Leave the folder to whoever comes next."""
        with self._guard:
            self.seal()
            os.close(self._lock)

    def _every(self) -> Iterator[Batch]:
        yield from self._waiting
        if self._open is not None:
            yield self._open

    def _check_room(self, size: int) -> None:
        used = sum(batch.size for batch in self._every())
        with suppress(FileNotFoundError):
            used += (self._folder / REJECTED).stat().st_size
        if used + size > self._bounds.spool_bytes:
            raise SpoolFull(
                f"the spool holds {used} bytes, {size} more are over its bound of {self._bounds.spool_bytes}: "
                f"wait until events are delivered, or move {REJECTED} away",
            )

    def _write(self, lines: Sequence[bytes]) -> None:
        """Write lines that fit one batch, all or none of them. Raises: OSError."""
        text = b"".join(lines)
        batch = self._batch_for(len(lines), len(text))
        try:
            _write_all(self._open_fd, text)
            if self._durable:
                os.fsync(self._open_fd)
        except OSError:
            os.ftruncate(self._open_fd, batch.size)
            raise
        batch.events += len(lines)
        batch.size += len(text)
        if batch.events >= self._bounds.batch_events or batch.size >= self._bounds.batch_bytes:
            self.seal()

    def _batch_for(self, events: int, size: int) -> Batch:
        batch = self._open
        if batch is not None and (
            batch.events + events > self._bounds.batch_events or batch.size + size > self._bounds.batch_bytes
        ):
            self.seal()
        if self._open is None:
            path = self._folder / f"batch-{self._next:012}.ndjson"
            self._open_fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            self._open = Batch(self._next, path)
            self._next += 1
            if self._durable:
                _sync_folder(self._folder)
        return self._open


def _groups(lines: Sequence[bytes], bounds: Bounds, begun: Batch | None) -> Iterator[list[bytes]]:
    """Cut lines into groups: what the begun batch still takes, then whole batches. A longer line is one by itself."""
    group: list[bytes] = []
    events, size = (begun.events, begun.size) if begun else (0, 0)
    for line in lines:
        if events and (events == bounds.batch_events or size + len(line) > bounds.batch_bytes):
            if group:
                yield group
            group, events, size = [], 0, 0
        group.append(line)
        events += 1
        size += len(line)
    if group:
        yield group


def _take_lock(folder: Path) -> int:
    """Lock the folder until the descriptor is closed, at the latest by the process's end. Raises: SpoolInUse."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise SpoolInUse(f"another sender has {folder}: give each process a spool folder of its own") from error
    return descriptor


def _check_stream(path: Path, stream: str) -> None:
    if path.exists() and path.read_text(encoding="utf-8") not in ("", stream):
        there = path.read_text(encoding="utf-8")
        raise SpoolInUse(f"{path.parent} holds events of the stream {there!r}, not of {stream!r}")
    path.write_text(stream, encoding="utf-8")


def _recover(folder: Path) -> Iterator[Batch]:
    """Find what an earlier sender left; a line without its end was never taken, and is not read."""
    for path in sorted(folder.glob(BATCHES)):
        text = path.read_bytes()
        size = text.rfind(b"\n") + 1
        if not size:
            path.unlink()
            continue
        number = int(path.stem.removeprefix("batch-"))
        yield Batch(number, path, events=text.count(b"\n", 0, size), size=size)


def _append_durably(path: Path, text: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        _write_all(descriptor, text)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    _sync_folder(path.parent)


def _write_all(descriptor: int, text: bytes) -> None:
    rest = memoryview(text)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
