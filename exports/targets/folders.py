"""A folder of this machine: parts are written aside, flushed and renamed; the manifest grows line by line."""

import fcntl
import os
from pathlib import Path
from typing import BinaryIO

from core.errors import Conflict, NotFound
from exports.targets.base import PartFile, Target, TargetFailed, translated

UNFINISHED = ".partial"


class Folder(Target):
    """A folder; who holds it has a lock on its manifest, which ends with the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.address = str(path)
        self._held: BinaryIO | None = None

    def make(self) -> None:
        """See Target."""
        with translated(self.address):
            if self.path.exists() and not self.path.is_dir():
                raise TargetFailed(f"{self.address} is a file: name a folder")
            self.path.mkdir(parents=True, exist_ok=True)

    def hold(self, manifest: str) -> None:
        """See Target."""
        self.make()
        with translated(self.address):
            self._held = (self.path / manifest).open("ab", buffering=0)
            try:
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                self._held.close()
                raise Conflict(f"another process is writing to {self.address}: wait until it ends") from error

    def let_go(self) -> None:
        """See Target."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def names(self) -> list[str]:
        """See Target."""
        with translated(self.address):
            if not self.path.is_dir():
                return []
            return sorted(each.name for each in self.path.iterdir() if not each.name.endswith(UNFINISHED))

    def read(self, name: str) -> bytes:
        """See Target."""
        with translated(self.address):
            try:
                return (self.path / name).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return b""

    def open_read(self, name: str) -> BinaryIO:
        """See Target."""
        with translated(self.address):
            try:
                return (self.path / name).open("rb")
            except FileNotFoundError as error:
                raise NotFound(f"there is no file {name} in {self.address}") from error

    def size_of(self, name: str) -> int:
        """See Target."""
        with translated(self.address):
            try:
                return (self.path / name).stat().st_size
            except FileNotFoundError as error:
                raise NotFound(f"there is no file {name} in {self.address}") from error

    def open_part(self, name: str) -> PartFile:
        """See Target."""
        with translated(self.address):
            return _FolderPart(self.path / name)

    def cut_manifest(self, name: str, length: int) -> None:
        """See Target."""
        with translated(self.address):
            os.truncate(self.path / name, length)

    def add_line(self, name: str, line: bytes) -> None:
        """See Target."""
        with translated(self.address):
            path = self.path / name
            is_new = not path.exists() or not path.stat().st_size
            with path.open("ab", buffering=0) as file:
                _write_all(file, line)
                os.fsync(file.fileno())
            if is_new:
                _sync_folder(self.path)

    def remove(self, name: str) -> None:
        """See Target."""
        with translated(self.address):
            (self.path / name).unlink(missing_ok=True)

    def remove_unfinished(self) -> None:
        """See Target."""
        with translated(self.address):
            for each in self.path.glob(f"*{UNFINISHED}"):
                each.unlink()


class _FolderPart:
    """See PartFile."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._aside = path.with_name(path.name + UNFINISHED)
        self._file = self._aside.open("wb", buffering=0)

    def write(self, content: bytes | memoryview) -> None:
        """See PartFile."""
        with translated(str(self._path)):
            _write_all(self._file, content)

    def finish(self) -> None:
        """See PartFile."""
        with translated(str(self._path)):
            os.fsync(self._file.fileno())
            self._file.close()
            self._aside.rename(self._path)
            _sync_folder(self._path.parent)

    def discard(self) -> None:
        """See PartFile."""
        self._file.close()
        self._aside.unlink(missing_ok=True)


def _write_all(file: BinaryIO, content: bytes | memoryview) -> None:
    """Write all of it: an unbuffered file on a disk that is getting full takes a part and says so only then."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
