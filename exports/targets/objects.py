"""An object store, or what else fsspec reaches: a part is seen once whole, the manifest is put anew with each."""

from contextlib import suppress
from typing import Any, BinaryIO, cast

import fsspec
from fsspec.registry import known_implementations

from core.errors import InvalidInput, NotFound, TargetFailed
from exports.targets.base import PartFile, Target, translated

# What is sent at once: an S3 part is 5 MiB at least, and 10,000 of these bound a file to 80 GiB.
BLOCK_BYTES = 8 << 20
# They read what others wrote or run on the caller's machine: nothing that an export can be written to.
REFUSED = frozenset(
    {"file", "local", "http", "https", "data", "reference", "zip", "tar", "libarchive", "git", "github"}
)
# A bucket that is missing is misspelt: it is not made.
BUCKETS = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss"})


def is_known_protocol(protocol: str) -> bool:
    """Tell whether fsspec knows a store of that name that can be written to."""
    return protocol in known_implementations and protocol not in REFUSED


class ObjectStore(Target):
    """A folder of an object store. Two runs at once into one are not kept apart: such stores have no locks."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._lines: dict[str, bytes] = {}
        try:
            self._store, self._root = fsspec.core.url_to_fs(address, use_listings_cache=False, skip_instance_cache=True)
        except (ImportError, ValueError) as error:
            raise InvalidInput(f"{address}: {error}", path="target") from error

    def make(self) -> None:
        """See Target."""
        with translated(self.address):
            if self.address.partition("://")[0] not in BUCKETS:
                self._store.makedirs(self._root, exist_ok=True)

    def hold(self, manifest: str) -> None:
        """See Target."""
        self.make()
        self._lines[manifest] = self.read(manifest)

    def let_go(self) -> None:
        """See Target."""

    def names(self) -> list[str]:
        """See Target."""
        with translated(self.address):
            try:
                found = self._store.ls(self._root, detail=False)
            except FileNotFoundError:
                return []
            return sorted(str(path).rstrip("/").rpartition("/")[2] for path in found)

    def read(self, name: str) -> bytes:
        """See Target."""
        with translated(self.address):
            try:
                return bytes(self._store.cat_file(self._path(name)))
            except FileNotFoundError:
                return b""

    def open_read(self, name: str) -> BinaryIO:
        """See Target."""
        with translated(self.address):
            try:
                return cast("BinaryIO", self._store.open(self._path(name), "rb", block_size=BLOCK_BYTES))
            except FileNotFoundError as error:
                raise NotFound(f"there is no file {name} in {self.address}") from error

    def size_of(self, name: str) -> int:
        """See Target."""
        with translated(self.address):
            try:
                return int(self._store.info(self._path(name))["size"])
            except FileNotFoundError as error:
                raise NotFound(f"there is no file {name} in {self.address}") from error

    def open_part(self, name: str) -> PartFile:
        """See Target."""
        with translated(self.address):
            return _ObjectPart(self._store.open(self._path(name), "wb", block_size=BLOCK_BYTES), self._path(name))

    def cut_manifest(self, name: str, length: int) -> None:
        """See Target."""
        self._put(name, self._lines.get(name, b"")[:length])

    def add_line(self, name: str, line: bytes) -> None:
        """See Target."""
        self._put(name, self._lines.get(name, b"") + line)

    def remove(self, name: str) -> None:
        """See Target."""
        with translated(self.address), suppress(FileNotFoundError):
            self._store.rm_file(self._path(name))

    def remove_unfinished(self) -> None:
        """See Target; what is not whole has no name there, the store's own rules end such uploads."""

    def _put(self, name: str, content: bytes) -> None:
        with translated(self.address):
            self._store.pipe_file(self._path(name), content)
        self._lines[name] = content

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


class _ObjectPart:
    """See PartFile."""

    def __init__(self, file: Any, path: str) -> None:
        self._file = file
        self._path = path

    def write(self, content: bytes | memoryview) -> None:
        """See PartFile."""
        with translated(self._path):
            self._file.write(content)

    def finish(self) -> None:
        """See PartFile."""
        with translated(self._path):
            self._file.close()

    def discard(self) -> None:
        """See PartFile; a file that is thrown away would upload what it holds when it is collected."""
        with suppress(TargetFailed), translated(self._path):
            self._file.discard()
        with suppress(AttributeError):
            self._file.closed = True
