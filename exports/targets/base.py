"""What every target promises, and how its failures are told."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol

from core.errors import TargetFailed, TriviumError

__all__ = ["PartFile", "Target", "TargetFailed", "translated"]


class PartFile(Protocol):
    """A file in the making: under its name only once it is finished."""

    def write(self, content: bytes | memoryview) -> None:
        """Add to it. Raises: TargetFailed."""

    def finish(self) -> None:
        """Make it durable and give it its name. Raises: TargetFailed."""

    def discard(self) -> None:
        """Let nothing of it stay, as far as that is possible; raises nothing."""


class Target(ABC):
    """A place for parts and manifests; names are those of files within it."""

    address: str

    @abstractmethod
    def make(self) -> None:
        """Make the place where it is missing. Raises: TargetFailed."""

    @abstractmethod
    def hold(self, manifest: str) -> None:
        """Make the place, and keep other processes from writing this manifest, as far as possible.

        Raises: Conflict where another process holds it, TargetFailed.
        """

    @abstractmethod
    def let_go(self) -> None:
        """End `hold`."""

    @abstractmethod
    def names(self) -> list[str]:
        """Return the names of all files that are there, but for unfinished ones. Raises: TargetFailed."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Return a small file's content; nothing where there is none. Raises: TargetFailed."""

    @abstractmethod
    def open_read(self, name: str) -> BinaryIO:
        """Open a file for reading. Raises: NotFound, TargetFailed."""

    @abstractmethod
    def size_of(self, name: str) -> int:
        """Return a file's bytes. Raises: NotFound, TargetFailed."""

    @abstractmethod
    def open_part(self, name: str) -> PartFile:
        """Begin a file. Raises: TargetFailed."""

    @abstractmethod
    def cut_manifest(self, name: str, length: int) -> None:
        """Keep the manifest's first bytes only. Raises: TargetFailed."""

    def put(self, name: str, content: bytes) -> None:
        """Make a small file, or replace it. Raises: TargetFailed."""
        file = self.open_part(name)
        file.write(content)
        file.finish()

    @abstractmethod
    def add_line(self, name: str, line: bytes) -> None:
        """Add a line to the manifest, durably. Raises: TargetFailed."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a file that may be there. Raises: TargetFailed."""

    @abstractmethod
    def remove_unfinished(self) -> None:
        """Remove what interrupted runs left of files in the making. Raises: TargetFailed."""


@contextmanager
def translated(address: str) -> Iterator[None]:
    """Turn what a file system or an object store raises into TargetFailed."""
    try:
        yield
    except TriviumError:
        raise
    except OSError as error:
        raise TargetFailed(f"{address}: {error.strerror or error}{REMEDY}") from error
    except Exception as error:  # fsspec's stores raise what their clients raise, of any class
        raise TargetFailed(f"{address}: {type(error).__name__}: {error}{REMEDY}") from error


REMEDY = "; what is finished stays: mend it and run the same again"
