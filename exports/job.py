"""An export as a job: the plan cut into tasks that all workers take up, each with parts of its own, one manifest.

PostgreSQL holds the journal (the job's checkpoint), which a worker that has lost the job cannot write; files bear the
attempt in their names. So of two workers that think they have a task only one's parts are listed. Called by workers.
"""

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connections

from core.errors import Conflict, InvalidInput, PermissionRefused
from core.principals import Principal
from exports.figures import Figures
from exports.manifest import NAME, Manifest, line_of, manifest_of_lines
from exports.reading import Reading
from exports.request import ExportRequest, parse_request
from exports.running import check_free, end_line, head_line, remove_unlisted, write_rest
from exports.saved import find_saved, next_request, note_finished
from exports.targets import Target, open_target
from exports.writing import Numbering
from formats import FORMATS
from jobs.queue import submit_job
from jobs.running import RunningJob
from relational.rows import JobRow, SavedExportRow
from relational.selectors import check_owner

EXPORT, TASK = "export", "export.task"
NICENESS = 10
SLICES_PER_TASK = 4
Result = TypeVar("Result")


def submit_export(
    principal: Principal,
    raw: Mapping[str, Any],
    *,
    target: str = "",
    since_last: str = "",
    owner_id: UUID | None = None,
) -> JobRow:
    """Ask for an export as a job; its files are kept with the job, or go to an address below one of EXPORT_TARGETS.

    `since_last` names a saved export of the owner's (`exports.saved`).

    Raises: InvalidInput, NotFound, PermissionRefused, Conflict, StoreError.
    """
    request = parse_request(raw)
    Reading(principal, request)
    if target:
        _check_target(principal, target)
    if since_last:
        check_owner(principal, owner_id or principal.user_id)
        find_saved(owner_id or principal.user_id, since_last, request.as_json())
    asked = {"export": request.as_json(), "target": target, "since_last": since_last}
    return submit_job(principal, kind=EXPORT, request=asked, owner_id=owner_id)


def run_job(job: RunningJob) -> Mapping[str, Any]:
    """Run an export: alone when it is small, else split into tasks, whose parts are then put together."""
    target = _target_of(job)
    saved = _saved_of(job)
    if not job.checkpoint:
        check_free(target)
        asked = next_request(saved, target) if saved else parse_request(job.request["export"])
        job.save({"lines": [head_line(job.principal, Reading(job.principal, asked))]})
    manifest = manifest_of_lines(job.checkpoint["lines"])
    request = parse_request(manifest.head["request"])
    target.make()
    if manifest.end is None:
        manifest = _finish(job, request, target, manifest)
    remove_unlisted(target, manifest)
    target.put(NAME, b"".join(line_of(line) for line in job.checkpoint["lines"]))
    if saved:
        note_finished(saved, manifest)
    job.report(rows=manifest.rows, bytes=manifest.bytes, share=1.0)
    return _result(request, target, manifest)


def _finish(job: RunningJob, request: ExportRequest, target: Target, manifest: Manifest) -> Manifest:
    """Write what is left, here or by tasks; return the manifest with its end."""
    tasks = [] if job.parts else _tasks(job, manifest)
    if len(tasks) > 1:
        job.split(tasks)
    if job.parts:
        _put_together(manifest, job.wait_for_parts())
    else:
        _write(job, Reading(job.principal, request), target, manifest)
    end = end_line(request, manifest)
    job.save({"lines": [*job.checkpoint["lines"], *_lines_of(job, manifest), end]})
    return manifest_of_lines(job.checkpoint["lines"])


def run_task(job: RunningJob) -> Mapping[str, Any]:
    """Run one of the tasks that an export was split into."""
    request, target = parse_request(job.request["export"]), _target_of(job)
    reading = Reading(job.principal, request)
    head = {"slices": job.request["slices"]}
    manifest = manifest_of_lines([head, *job.checkpoint.get("lines", ())])
    target.make()
    _write(job, reading, target, manifest, task=job.request["task"])
    return {"lines": job.checkpoint.get("lines", [])}


class JobJournal:
    """The journal in a job's checkpoint. Raises: LeaseLost, Cancelled, ShuttingDown, StoreError."""

    def __init__(self, job: RunningJob) -> None:
        self._job = job

    def add(self, line: Mapping[str, Any]) -> None:
        """See journals.Journal."""
        self._job.save({"lines": [*self._job.checkpoint.get("lines", ()), line]})


def _write(job: RunningJob, reading: Reading, target: Target, manifest: Manifest, *, task: int | None = None) -> None:
    keeps = not job.request["target"]

    def advance(figures: Figures) -> None:
        job.report(**figures.as_json())
        if keeps:
            job.store(figures.bytes)

    numbering = Numbering(reading.request.suffix, task, job.attempt)
    journal = JobJournal(job)
    _at_low_priority(
        lambda: write_rest(reading, target, manifest, journal=journal, numbering=numbering, advance=advance)
    )


def _tasks(job: RunningJob, manifest: Manifest) -> list[tuple[str, Mapping[str, Any]]]:
    slices = manifest.head["slices"]
    most: int = settings.EXPORT_TASKS  # type: ignore[misc]  # mypy does not see split settings
    count = min(most, len(slices) // SLICES_PER_TASK)
    asked = {**job.request, "export": manifest.head["request"]}
    return [(TASK, {**asked, "task": number, "slices": slices[number::count]}) for number in range(count)]


def _put_together(manifest: Manifest, tasks: list[JobRow]) -> None:
    for task in tasks:
        manifest.parts += manifest_of_lines([{}, *(task.result or {})["lines"]]).parts


def _lines_of(job: RunningJob, manifest: Manifest) -> list[Mapping[str, Any]]:
    """Return the lines of the parts that tasks have written."""
    return [part.as_json() for part in manifest.parts] if len(job.checkpoint["lines"]) == 1 else []


def _result(request: ExportRequest, target: Target, manifest: Manifest) -> Mapping[str, Any]:
    content_type = FORMATS[request.format].content_type
    files = [
        {"name": part.name, "bytes": part.bytes, "sha256": part.sha256, "rows": part.rows, "content_type": content_type}
        for part in manifest.parts
    ]
    return {**(manifest.end or {}), "engine": manifest.head["engine"], "target": target.address, "files": files}


def _saved_of(job: RunningJob) -> SavedExportRow | None:
    name = job.request["since_last"]
    return find_saved(job.owner_id, name, job.request["export"]) if name else None


def _target_of(job: RunningJob) -> Target:
    return open_target(job.request["target"] or job.folder)


def _check_target(principal: Principal, address: str) -> None:
    allowed: list[str] = settings.EXPORT_TARGETS  # type: ignore[misc]  # mypy does not see split settings
    if not principal.writes_everything:
        raise PermissionRefused("only operators and admins name a target: without one the job keeps the files")
    below = [each for each in allowed if address.startswith(f"{each.rstrip('/')}/")]
    if not below or ".." in address or "::" in address:
        known = ", ".join(allowed) or "none"
        raise InvalidInput(f"a target lies below one of TRIVIUM_EXPORT_TARGETS ({known})", path="target")
    if open_target(address).names():
        raise Conflict(f"{address} holds something already: name another target")


def _at_low_priority(work: Callable[[], Result]) -> Result:
    """Do the work on a thread of its own, which gives way to others of this machine."""
    with ThreadPoolExecutor(1, "export", initializer=_give_way) as pool:
        return pool.submit(copy_context().run, _then_close(work)).result()


def _give_way() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _then_close(work: Callable[[], Result]) -> Callable[[], Result]:
    def run() -> Result:
        try:
            return work()
        finally:
            connections.close_all()

    return run
