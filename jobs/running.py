"""A job in a handler's hands: what it was asked, how it says how far it is, and how it learns that it must stop."""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from core.crashes import crash_point
from core.errors import Conflict, QuotaExceeded
from core.principals import Principal
from jobs.files import folder_of_job
from jobs.progress import Progress
from jobs.stops import Cancelled, LeaseLost, PartsOpen, ShuttingDown
from relational import selectors
from relational.connections import bounded_waits
from relational.rows import ClaimedJob, JobRow, Sign
from relational.selectors.jobs import stored_bytes_of
from relational.services import job_runs

# How long an answer of PostgreSQL is waited for.
POSTGRESQL_WAIT_S = 10.0


class RunningJob:
    """One attempt at a job.

    `report` and `save` raise `Stopped` where the handler must end. Nothing else tells it: a handler calls `report`
    every second or so. It may be called from any thread of the handler's.
    """

    def __init__(self, claimed: ClaimedJob, principal: Principal, *, lease_s: float, ending: threading.Event) -> None:
        self.id, self.kind, self.owner_id = claimed.id, claimed.kind, claimed.owner_id
        self.parent_id = claimed.parent_id
        self.request: dict[str, Any] = claimed.request
        self.checkpoint: dict[str, Any] = claimed.kept or {}
        self.principal = principal
        self.attempt = claimed.attempt
        self.failures = claimed.failures
        self._lease_s = lease_s
        self._ending = ending
        self._progress = Progress(time.monotonic(), dict(claimed.progress))
        self._stored_bytes = claimed.stored_bytes
        self._room_bytes: int | None = None
        self._is_lost = False
        self._is_cancelled = claimed.cancel_requested
        self._lease_ends_s = time.monotonic() + lease_s

    @property
    def folder(self) -> str:
        """The address, for fsspec, of the folder where the job's files go; parts have that of the whole job."""
        return folder_of_job(self.parent_id or self.id)

    def report(self, **values: Any) -> None:
        """Say how far it is: `rows`, `bytes`, `done` and `total` parts, `text`, anything of plain JSON.

        Costs next to nothing: it is written down every second, by another thread.

        Raises: Cancelled, LeaseLost, ShuttingDown; StoreError when the lease is over and cannot be renewed.
        """
        self._progress.take(values)
        self._check()

    def save(self, checkpoint: Mapping[str, Any], **values: Any) -> None:
        """Keep a checkpoint, plain JSON, at once: the next attempt gets it. As `report` for the rest."""
        self._progress.take(values)
        asked_s = time.monotonic()
        with bounded_waits(POSTGRESQL_WAIT_S):
            sign, lease_s = self.sign(), self._lease_s
            wanted = job_runs.keep_checkpoint(self.id, self.attempt, checkpoint, sign=sign, lease_s=lease_s)
        self._note(wanted, asked_s)
        self.checkpoint, self.failures, self._room_bytes = dict(checkpoint), 0, None
        crash_point("worker.checkpoint_kept")
        self._check()

    def store(self, stored_bytes: int) -> None:
        """Say how many bytes the job has stored, in all, before it stores more.

        Raises: QuotaExceeded when that is more than the owner has room for.
        """
        most: int = settings.FILES_MAX_BYTES  # type: ignore[misc]  # mypy does not see split settings
        if self._room_bytes is None:
            self._room_bytes = most - stored_bytes_of(self.owner_id, but=self.id)
        if stored_bytes > self._room_bytes:
            raise QuotaExceeded(
                f"files of an owner's jobs have {most} bytes in all, and {max(self._room_bytes, 0)} are left:"
                " delete jobs whose files are not needed, or ask for less"
            )
        self._stored_bytes = stored_bytes

    @property
    def parts(self) -> list[JobRow]:
        """The jobs that it was split into, in order; read anew each time."""
        return selectors.parts_of_job(self.id)

    def split(self, parts: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Queue parts of this job, (kind, request) each, for all workers; only once, by a job that is none itself.

        Raises: LeaseLost, Conflict.
        """
        if self.parent_id is not None or self.parts:
            raise Conflict("a job is split once, and its parts are not")
        if not job_runs.split_job(self.id, self.attempt, parts):
            raise LeaseLost

    def wait_for_parts(self) -> list[JobRow]:
        """Return the parts when all have succeeded; else end here: the handler is called again when all have ended.

        Raises: PartsOpen, which is not to be caught; Conflict when one has failed.
        """
        parts = self.parts
        if any(part.is_open for part in parts):
            raise PartsOpen
        for part in sorted(parts, key=lambda part: part.state != "failed"):  # with one that fails others are cancelled
            if part.state != "succeeded":
                said = (part.error or {}).get("message", part.state)
                raise Conflict(f"a part of the job has not succeeded: {said}")
        return parts

    def sign(self) -> Sign:
        """Return what is to be written down of it now."""
        return Sign(self._progress.at(time.monotonic()), self._stored_bytes)

    def beat(self) -> None:
        """Renew the lease, write down how far it is, and see whether it must stop. Raises: StoreError."""
        asked_s = time.monotonic()
        with bounded_waits(POSTGRESQL_WAIT_S):
            wanted = job_runs.beat_job(self.id, self.attempt, sign=self.sign(), lease_s=self._lease_s)
        self._note(wanted, asked_s)

    def has_lease(self) -> bool:
        """Tell whether no other worker can have taken it over yet."""
        return not self._is_lost and time.monotonic() < self._lease_ends_s

    def _note(self, wanted: bool | None, asked_s: float) -> None:  # noqa: FBT001 - what the store answered
        if wanted is None:
            self._is_lost = True
            return
        self._is_cancelled = wanted
        self._lease_ends_s = asked_s + self._lease_s

    def _check(self) -> None:
        if not self._is_lost and time.monotonic() >= self._lease_ends_s:
            self.beat()  # this process was paused, or PostgreSQL away: who has the job now?
        if self._is_lost:
            raise LeaseLost
        if self._is_cancelled:
            raise Cancelled
        if self._ending.is_set():
            raise ShuttingDown
