"""The way of pages into parts: encoded, split, named, and listed in the manifest with the positions they reach.

A part is the unit of resume: what the manifest lists stays, the rest is written again. Called by `running`.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.crashes import crash_point
from exports.journals import Journal
from exports.manifest import Manifest, Part, write_position
from exports.pages import Encoder, Page
from exports.parts import PartWriter
from exports.request import ExportRequest
from exports.targets import Target

# So often what was read is put down, even where it fills no part: what a crash costs is bounded in time, too.
KEPT_AFTER_S = 600.0


AnyPage = TypeVar("AnyPage", bound=Page)


@dataclass(frozen=True, slots=True)
class Numbering:
    """How the parts of one writer are called: `part-00000.csv`; with a task's number `part-03-00000.csv`.

    Where an earlier attempt may still be writing, `attempt` keeps its files apart: `part-00000-2.csv`.
    """

    suffix: str
    task: int | None = None
    attempt: int = 1

    def name(self, number: int) -> str:
        """Return the name of a part."""
        task = "" if self.task is None else f"{self.task:02d}-"
        attempt = "" if self.attempt == 1 else f"-{self.attempt}"
        return f"part-{task}{number:05d}{attempt}{self.suffix}"


class Writing(Generic[AnyPage]):
    """One writer of one manifest; `manifest` says what is there already and grows with each part."""

    def __init__(
        self,
        target: Target,
        manifest: Manifest,
        *,
        journal: Journal,
        request: ExportRequest,
        numbering: Numbering,
        make_encoder: Callable[[], Encoder[AnyPage]],
    ) -> None:
        self._target = target
        self._manifest = manifest
        self._journal = journal
        self._request = request
        self._numbering = numbering
        self._make_encoder = make_encoder
        self._part: PartWriter[AnyPage] | None = None
        self._passed: dict[str, str] = {}
        self._rows, self._bytes = manifest.rows, manifest.bytes
        self._kept_at_s = time.monotonic()

    def write_pages(self, pages: Iterable[AnyPage], after_page: Callable[[AnyPage, int, int], None]) -> None:
        """Write all pages to parts; `after_page` is told each page, and the rows and bytes of all parts so far.

        Raises: TargetFailed, and what the pages and `after_page` raise; a part in the making is thrown away then.
        """
        try:
            for page in pages:
                self._take(page)
                part = self._part
                rows, size = (part.rows, part.bytes) if part else (0, 0)
                after_page(page, self._rows + rows, self._bytes + size)
            if self._part is None and not self._manifest.parts:
                self._begin_part()  # an export of nothing has a file, with its columns
            self._keep()
        except BaseException:
            if self._part is not None:
                self._part.discard()
            raise

    def _take(self, page: AnyPage) -> None:
        if self._part is not None and self._part.rows and self._is_over(self._part.rows + page.rows):
            self._keep()
        if page.rows:
            self._add(page)
        if self._part is None:
            self._passed[str(page.slice)] = write_position(page.position)
        else:
            self._part.positions[str(page.slice)] = write_position(page.position)
        is_full = self._part is not None and self._part.bytes >= self._request.part_bytes
        if is_full or time.monotonic() - self._kept_at_s > KEPT_AFTER_S:
            self._keep()

    def _is_over(self, rows: int) -> bool:
        return self._request.part_rows is not None and rows > self._request.part_rows

    def _add(self, page: AnyPage) -> None:
        self._begin_part().write(page)
        crash_point("exports.page_written")

    def _begin_part(self) -> PartWriter[AnyPage]:
        if self._part is None:
            name = self._numbering.name(len(self._manifest.parts))
            self._part = PartWriter(self._target, name, self._make_encoder())
            self._part.positions, self._passed = self._passed, {}
        return self._part

    def _keep(self) -> None:
        """Finish the part, or put down how far was read without finding anything."""
        self._kept_at_s = time.monotonic()
        if self._part is None:
            if self._passed:
                self._journal.add({"passed": self._passed})
                self._manifest.positions.update(self._passed)
                self._passed = {}
            return
        crash_point("exports.part_unnamed")
        finished = self._part.finish()
        self._part = None
        crash_point("exports.part_unlisted")
        self._list(finished)

    def _list(self, part: Part) -> None:
        self._journal.add(part.as_json())
        self._manifest.parts.append(part)
        self._manifest.positions.update(part.positions)
        self._rows, self._bytes = self._rows + part.rows, self._bytes + part.bytes
        crash_point("exports.part_listed")
