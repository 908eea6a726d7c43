"""Saved exports: each run has all that was stored since the one before, late events included. Called by the command.

By the time of storing: nothing is missed, and what was stored shortly before the last run may come again, under the
same id. The overlap covers clocks that differ and writes that were on their way (TRIVIUM_EXPORT_OVERLAP_S).
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from core.errors import Conflict, InvalidInput
from core.times import parse_time
from exports.manifest import NAME, Manifest, read_manifest
from exports.request import ExportRequest, parse_request
from exports.targets import Target
from relational import services
from relational.rows import SavedExportRow

SAVED_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def find_saved(owner_id: UUID, name: str, asked: Mapping[str, Any]) -> SavedExportRow:
    """Return the owner's saved export, made with what is asked at its first use.

    Raises: InvalidInput; Conflict when it was made with something else; StoreError.
    """
    if not SAVED_NAME.fullmatch(name):
        raise InvalidInput("a saved export's name is 1 to 64 letters, digits, '.', '_' or '-'", path="since_last")
    if asked.get("stored_since") is not None:
        raise InvalidInput("a saved export says itself since when", path="stored_since")
    request = parse_request(asked).as_json()
    saved = services.ensure_saved_export(owner_id, name, request)
    different = [member for member in request if saved.request.get(member) != request[member]]
    if different:
        raise Conflict(f"the saved export {name!r} is another (other {', '.join(different)}): take another name")
    return saved


def next_request(saved: SavedExportRow, target: Target) -> ExportRequest:
    """Return what the next run asks for: what the target's manifest says where one was begun there already.

    Raises: Conflict, TargetFailed.
    """
    begun, _ = read_manifest(target.read(NAME), f"{target.address}/{NAME}")
    if begun is not None:
        return parse_request(begun.head["request"])
    request = parse_request(saved.request)
    if saved.since is None:
        return request
    overlap = timedelta(seconds=settings.EXPORT_OVERLAP_S)  # type: ignore[misc]  # mypy does not see split settings
    return replace(request, stored_since=saved.since - overlap)


def note_finished(saved: SavedExportRow, manifest: Manifest) -> None:
    """Let the next run begin where this one began to capture. Raises: StoreError."""
    services.advance_saved_export(saved.id, parse_time(manifest.head["captured_from"]))
