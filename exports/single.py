"""The parts of a finished export as one file of this machine. Called by the command."""

import shutil
from pathlib import Path

from core.errors import Conflict, InvalidInput
from exports.manifest import Manifest
from exports.request import ExportRequest
from exports.targets import Target
from exports.targets.base import translated
from exports.targets.folders import UNFINISHED

CHUNK_BYTES = 1 << 20


def check_single(request: ExportRequest, path: Path) -> None:
    """Check that an export can be one file there. Raises: InvalidInput, Conflict."""
    if request.format not in ("ndjson", "csv") or (request.format == "csv" and request.compression != "none"):
        raise InvalidInput("one file can be made of NDJSON, and of CSV that is not compressed", path="single")
    if path.exists():
        raise Conflict(f"{path} is there already: name another file")


def join_parts(request: ExportRequest, manifest: Manifest, target: Target, path: Path) -> None:
    """Write all parts to one file, CSV with one header line. Raises: TargetFailed."""
    aside = path.with_name(path.name + UNFINISHED)
    with translated(str(path)), aside.open("wb") as whole:
        for place, part in enumerate(manifest.parts):
            with target.open_read(part.name) as file:
                if place and request.format == "csv":
                    file.readline()
                shutil.copyfileobj(file, whole, CHUNK_BYTES)
    aside.rename(path)
