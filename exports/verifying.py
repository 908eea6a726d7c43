"""Holding an export against its files and against what is stored now: whole, and what was added, expired or is missing.

Files are held against their digests first. Then ids are counted by hash into buckets on disk, from files and from a new
scan, and compared bucket by bucket: memory stays flat at any size. Called by the command.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from core.errors import InvalidInput, NotFound
from core.principals import SYSTEM
from core.times import now
from exports.id_buckets import IdBuckets
from exports.manifest import NAME, Manifest, read_manifest
from exports.part_ids import ids_of_part
from exports.reading import Reading
from exports.request import ExportRequest, parse_request
from exports.targets import Target
from formats import PageValues
from timeseries.directory import find_streams
from timeseries.identity import time_of
from timeseries.partitions import version_at
from timeseries.retention import CLASSES

CHUNK_BYTES = 1 << 20


@dataclass(slots=True)
class Verdict:
    """What was found. `damaged` are names of files that are not as they were written; ids are counted."""

    damaged: tuple[str, ...] = ()
    unchanged: int = 0
    added: int = 0
    expired: int = 0
    missing: int = 0

    @property
    def is_good(self) -> bool:
        """Tell whether every file is whole, and nothing that should be stored still is missing."""
        return not self.damaged and not self.missing


def verify_export(target: Target) -> Verdict:
    """Hold a finished export against its files and the store.

    `added`: stored now, not in the files; `expired`: in the files, and its time was over; `missing`: neither.

    Raises: NotFound where no finished export is, Conflict, TargetFailed; InvalidInput for one without ids;
    StoreUnavailable, StoreTimeout.
    """
    manifest = _finished(target)
    request = parse_request(manifest.head["request"])
    damaged = tuple(part.name for part in manifest.parts if not _is_whole(target, part.name, part.sha256))
    if damaged:
        return Verdict(damaged)
    if "id" not in request.columns:
        raise InvalidInput("an export without the column id cannot be held against the store", path="columns")
    with IdBuckets() as exported, IdBuckets() as stored:
        for part in manifest.parts:
            exported.add(ids_of_part(target, part.name, request))
        stored.add(_stored_ids(request))
        return _compared(request, exported, stored)


def _finished(target: Target) -> Manifest:
    manifest, _ = read_manifest(target.read(NAME), f"{target.address}/{NAME}")
    if manifest is None or manifest.end is None:
        raise NotFound(f"{target.address} holds no finished export: run the export again, it goes on")
    return manifest


def _is_whole(target: Target, name: str, sha256: str) -> bool:
    digest = hashlib.sha256()
    try:
        with target.open_read(name) as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
    except NotFound:
        return False
    return digest.hexdigest() == sha256


def _stored_ids(request: ExportRequest) -> Iterator[bytes]:
    only_ids = replace(request, columns=("id",), joins=(), part_rows=None)
    reading = Reading(SYSTEM, only_ids)
    fresh = Manifest({"slices": [each.as_json() for each in reading.plan()]})
    for page in reading.pages(fresh):
        yield from (found.bytes for found in PageValues(page).column("id"))


def _compared(request: ExportRequest, exported: IdBuckets, stored: IdBuckets) -> Verdict:
    verdict, moment = Verdict(), now()
    for ours, theirs in zip(exported.contents(), stored.contents(), strict=True):
        verdict.unchanged += len(ours & theirs)
        verdict.added += len(theirs - ours)
        gone = ours - theirs
        expired = sum(_may_have_expired(request, UUID(bytes=each), moment) for each in gone)
        verdict.expired += expired
        verdict.missing += len(gone) - expired
    return verdict


def _may_have_expired(request: ExportRequest, event: UUID, moment: datetime) -> bool:
    """Tell whether the time of an event was over, by the classes of the streams asked for at that time."""
    when = time_of(event)
    streams = find_streams(request.streams).values()
    names = {version_at(stream.settings, when).retention for stream in streams} or set(CLASSES)
    days = [CLASSES[name].days for name in names]
    return any(each is not None and when + timedelta(days=each) <= moment for each in days)
