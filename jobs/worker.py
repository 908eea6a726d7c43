"""A worker: slots that take due jobs in hand, one after the other, and a keeper that renews their leases.

A slot is a thread. Nothing here needs Redis: slots look every few seconds, at once when woken. Nothing needs a lease to
be true, either: every write is fenced by the attempt, so a worker that was paused and comes back changes nothing.
"""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections

from core.errors import PermissionRefused, StoreError
from core.ids import new_id
from core.logs import line_logger
from jobs.attempts import Handler, describe_error, run_attempt
from jobs.files import remove_folder
from jobs.running import POSTGRESQL_WAIT_S, RunningJob
from relational.connections import bounded_waits
from relational.rows import ClaimedJob
from relational.selectors.jobs import expired_jobs, principal_of_job
from relational.services import job_runs
from relational.translation import STORE

logger = logging.getLogger(__name__)
BEATS_PER_LEASE = 6
LONGEST_BEAT_S = 1.0
SWEEP_EVERY_S = 60.0
SWEPT_JOBS = 20


@dataclass(frozen=True, slots=True)
class Pace:
    """How many jobs run at once, how long a lease holds, when an idle slot looks and what failed is tried again."""

    slots: int = 2
    lease_s: float = 30.0
    poll_s: float = 2.0
    retry_s: float = 5.0

    @property
    def beat_s(self) -> float:
        """How often leases are renewed and progress is written down."""
        return min(self.lease_s / BEATS_PER_LEASE, LONGEST_BEAT_S)


@dataclass(slots=True)
class Worker:
    """One worker; `run` until told to stop, or `drain` what is due. `wake` lets it look at once."""

    name: str
    kinds: Mapping[str, Handler]
    limits: Mapping[str, int] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    id: UUID = field(default_factory=new_id)
    _awake: threading.Event = field(default_factory=threading.Event)
    _ending: threading.Event = field(default_factory=threading.Event)
    _running: dict[UUID, RunningJob] = field(default_factory=dict)
    _sweep_at_s: float = 0.0

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; jobs in hand are asked to end, and are queued again where they are."""
        slots = [threading.Thread(target=self._fill_slot, name=f"slot-{place}") for place in range(self.pace.slots)]
        for slot in slots:
            slot.start()
        while not stop.is_set():
            self._keep()
            stop.wait(self.pace.beat_s)
        self._ending.set()
        while any(slot.is_alive() for slot in slots):
            self._awake.set()
            self._keep()
            slots[0].join(self.pace.beat_s / 4)
        self._sign_off()

    def wake(self) -> None:
        """Let the slots look for work at once; called from any thread."""
        self._awake.set()

    def drain(self) -> int:
        """Run what is due, on this thread, until nothing is; return how many attempts that were. Raises: StoreError."""
        attempts = 0
        self._ending.clear()
        keeper = threading.Thread(target=self._keep_while_draining, name="keeper")
        keeper.start()
        try:
            while self._work():
                attempts += 1
        finally:
            self._ending.set()
            keeper.join()
            self._sign_off()
        return attempts

    def _fill_slot(self) -> None:
        while not self._ending.is_set():
            try:
                is_idle = not self._work()
            except StoreError as error:
                is_idle = True
                logger.warning("jobs cannot be looked for: %s", error.message)
            except Exception:
                is_idle = True  # a slot that dies would be missed by nobody
                logger.exception("a mistake of ours: the job in hand is taken up again when its lease ends")
            if is_idle:
                self._close_connection()
                self._awake.wait(self.pace.poll_s)
                self._awake.clear()
        self._close_connection()

    def _work(self) -> bool:
        """Run one job if one is due, else delete what has expired if it is time; tell whether there was a job."""
        with bounded_waits(POSTGRESQL_WAIT_S):
            claimed = job_runs.claim_job(
                self.name, kinds=list(self.kinds), limits=self.limits, lease_s=self.pace.lease_s
            )
        if claimed is None:
            self._sweep()
            return False
        self._awake.set()  # where one was due, another may be
        self._run(claimed)
        return True

    def _run(self, claimed: ClaimedJob) -> None:
        started_s = time.monotonic()
        try:
            with bounded_waits(POSTGRESQL_WAIT_S):
                principal = principal_of_job(claimed.created_by, claimed.scopes, claimed.owner_id)
        except PermissionRefused as error:
            job_runs.fail_job(claimed.id, claimed.attempt, error=describe_error(error))
            return
        job = RunningJob(claimed, principal, lease_s=self.pace.lease_s, ending=self._ending)
        self._running[job.id] = job
        try:
            handler, retry_s = self.kinds[claimed.kind], self.pace.retry_s
            word = run_attempt(job, handler, max_failures=claimed.max_failures, retry_s=retry_s)
        finally:
            del self._running[job.id]
        seconds = round(time.monotonic() - started_s, 3)
        _lines().info("job", job=str(job.id), kind=job.kind, attempt=job.attempt, outcome=word, seconds=seconds)

    def _keep(self) -> None:
        """Give signs of life: the worker's own, and those of the jobs in hand."""
        try:
            with bounded_waits(POSTGRESQL_WAIT_S):
                job_runs.sign_on(self.id, name=self.name, lease_s=self.pace.lease_s)
                for job in list(self._running.values()):
                    job.beat()
        except StoreError as error:
            logger.warning("leases are not renewed: %s", error.message)
            self._close_connection()

    def _keep_while_draining(self) -> None:
        while not self._ending.is_set():
            self._keep()
            self._ending.wait(self.pace.beat_s)
        self._close_connection()

    def _sweep(self) -> None:
        """Delete the files and rows of jobs whose time is over; what cannot be deleted now is tried again."""
        now_s = time.monotonic()
        if now_s < self._sweep_at_s:
            return
        self._sweep_at_s = now_s + SWEEP_EVERY_S
        for job_id in expired_jobs(limit=SWEPT_JOBS):
            try:
                remove_folder(job_id)
                job_runs.remove_job(job_id)
            except StoreError as error:
                logger.warning("the files of job %s stay for now: %s", job_id, error.message)

    def _sign_off(self) -> None:
        try:
            with bounded_waits(POSTGRESQL_WAIT_S):
                job_runs.sign_off(self.id)
        except StoreError as error:
            logger.warning("the sign of life stays until it expires: %s", error.message)
        self._close_connection()

    def _close_connection(self) -> None:
        """Give this thread's connection back to the pool."""
        connections[STORE].close()


@cache
def _lines() -> Any:
    """One line for each attempt, whatever the level of the other logs."""
    return line_logger(settings.LOG_FORMAT)  # type: ignore[misc]  # mypy does not see split settings
