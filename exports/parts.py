"""A part in the making: what an encoder gives goes into a target's file, counted and digested. Called by `writing`."""

import hashlib
from typing import Generic, TypeVar

from exports.manifest import Part
from exports.pages import Encoder, Page
from exports.targets import Target

AnyPage = TypeVar("AnyPage", bound=Page)


class PartWriter(Generic[AnyPage]):
    """One file; `positions` say how far each slice is read once the part is there."""

    def __init__(self, target: Target, name: str, encoder: Encoder[AnyPage]) -> None:
        self.name = name
        self.rows = self.bytes = 0
        self.positions: dict[str, str] = {}
        self._encoder = encoder
        self._file = target.open_part(name)
        self._digest = hashlib.sha256()
        self._put(encoder.begin())

    def write(self, page: AnyPage) -> None:
        """Add a page's rows. Raises: TargetFailed, StoreError."""
        self._put(self._encoder.encode(page))
        self.rows += page.rows

    def finish(self) -> Part:
        """Make the file durable and name it. Raises: TargetFailed."""
        self._put(self._encoder.end())
        self._file.finish()
        return Part(
            name=self.name,
            rows=self.rows,
            bytes=self.bytes,
            raw_bytes=self._encoder.raw_bytes,
            sha256=self._digest.hexdigest(),
            positions=self.positions,
        )

    def discard(self) -> None:
        """Throw it away."""
        self._file.discard()

    def _put(self, content: bytes | memoryview) -> None:
        if len(content):
            self._digest.update(content)
            self._file.write(content)
            self.bytes += len(content)
