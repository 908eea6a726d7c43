"""One export from a request to its end record: begun or gone on with, read, written. Called by every door.

What is asked is checked first, so that nothing is made for a request that is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings

import native
from core.crashes import crash_point
from core.errors import Conflict
from core.principals import Principal
from core.times import format_time, now, parse_time
from exports.figures import Figures
from exports.journals import Journal, TargetJournal
from exports.manifest import DONE, NAME, OVER, VERSION, Manifest, end_of, line_of, read_manifest
from exports.reading import Reading, expires_before
from exports.request import ExportRequest
from exports.targets import Target
from exports.writing import Numbering, Writing
from timeseries.scan import Page, Slice

Advance = Callable[[Figures], None]
REMEDY = "name another target, or ask for the same again to go on with it"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an export came to; `was_complete` where there was nothing left to do."""

    manifest: Manifest
    was_complete: bool = False

    @property
    def end(self) -> Mapping[str, Any]:
        """The content of the last line."""
        return self.manifest.end or {}


def run_export(
    principal: Principal,
    request: ExportRequest,
    target: Target,
    *,
    advance: Advance = lambda _figures: None,
    rows_per_s: float | None = None,
) -> Outcome:
    """Write an export, or go on with the one that was interrupted there; `advance` hears how far it is, page by page.

    Raises: NotFound, PermissionRefused, InvalidInput for what may not be asked; Conflict for a target that holds
    something else; TargetFailed; StoreUnavailable, StoreTimeout.
    """
    reading = Reading(principal, request)
    check_free(target)
    target.hold(NAME)
    try:
        manifest = _begun(principal, reading, target)
        if manifest.end is not None:
            return Outcome(manifest, was_complete=True)
        target.remove_unfinished()
        remove_unlisted(target, manifest)
        journal = TargetJournal(target)
        write_rest(reading, target, manifest, journal=journal, advance=advance, rows_per_s=rows_per_s)
        crash_point("exports.before_end")
        end = end_line(request, manifest)
        journal.add(end)
        manifest.end = end["end"]
        return Outcome(manifest)
    finally:
        target.let_go()


def write_rest(
    reading: Reading,
    target: Target,
    manifest: Manifest,
    *,
    journal: Journal,
    numbering: Numbering | None = None,
    advance: Advance = lambda _figures: None,
    rows_per_s: float | None = None,
) -> None:
    """Write what is left of the slices in a manifest's head, to parts that the journal and the manifest then list.

    Raises: TargetFailed, StoreUnavailable, StoreTimeout, and what `advance` raises.
    """
    writing: Writing[Page] = Writing(
        target,
        manifest,
        journal=journal,
        request=reading.request,
        numbering=numbering or Numbering(reading.request.suffix),
        make_encoder=reading.encoder,
    )
    pages = reading.pages(manifest, rows_per_s=rows_per_s)
    writing.write_pages(pages, _telling(manifest, advance))


def head_line(principal: Principal, reading: Reading) -> dict[str, Any]:
    """Return the first line of a new export: what is asked, by whom, and its plan."""
    return {
        "export": VERSION,
        "request": reading.request.as_json(),
        "by": str(principal.user_id),
        "engine": native.engine(),
        "column_rules": reading.rules,
        "captured_from": format_time(now()),
        "slices": [each.as_json() for each in reading.plan()],
    }


def end_line(request: ExportRequest, manifest: Manifest) -> dict[str, Any]:
    """Return the last line of an export of which all is written."""
    began, ended = parse_time(manifest.head["captured_from"]), now()
    slices = [Slice.from_json(each) for each in manifest.head["slices"]]
    lateness = timedelta(seconds=settings.EVENTS_LATENESS_S)  # type: ignore[misc]  # mypy does not see split settings
    is_closed = request.is_older_than(began, lateness) and not expires_before(request, slices, ended)
    return end_of(manifest.parts, captured_until=format_time(ended), closed=is_closed)


def check_free(target: Target) -> None:
    """Check that a target is empty or holds an export. Raises: Conflict, TargetFailed."""
    names = target.names()
    if names and NAME not in names:
        raise Conflict(f"{target.address} holds something else already ({names[0][:60]}): name another target")


def remove_unlisted(target: Target, manifest: Manifest) -> None:
    """Remove parts that were named, but not listed before a crash. Raises: TargetFailed."""
    listed = {part.name for part in manifest.parts}
    for name in target.names():
        if name.startswith("part-") and name not in listed:
            target.remove(name)


def _telling(manifest: Manifest, advance: Advance) -> Callable[[Page, int, int], None]:
    """Return what turns pages into figures: of the slices' number those that are read are the share."""
    slices = max(len(manifest.head["slices"]), 1)
    over = sum(where == DONE for where in manifest.positions.values())
    figures = Figures(manifest.rows, manifest.bytes, over / slices, former_rows=manifest.rows)

    def tell(page: Page, rows: int, size: int) -> None:
        nonlocal over
        over += page.position == OVER
        figures.rows, figures.bytes, figures.share = rows, size, over / slices
        advance(figures)

    return tell


def _begun(principal: Principal, reading: Reading, target: Target) -> Manifest:
    """Return the manifest that is there, cut to its whole lines, or that of a new export."""
    content = target.read(NAME)
    manifest, length = read_manifest(content, f"{target.address}/{NAME}")
    if manifest is not None:
        _check_same(manifest, reading.request, target)
    if length < len(content):
        target.cut_manifest(NAME, length)
    if manifest is None:
        manifest = Manifest(head_line(principal, reading))
        target.add_line(NAME, line_of(manifest.head))
    elif manifest.end is None:
        target.add_line(NAME, line_of({"resumed": format_time(now()), "engine": native.engine()}))
    return manifest


def _check_same(manifest: Manifest, request: ExportRequest, target: Target) -> None:
    asked, there = request.as_json(), manifest.head["request"]
    different = [name for name in asked if asked[name] != there.get(name)]
    if different:
        raise Conflict(f"{target.address} holds another export (other {', '.join(different)}): {REMEDY}")
