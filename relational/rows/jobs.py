"""Rows of jobs: as people see them, and as workers take them in hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as it is; `error` has `code` and `message`, `progress` what its handler reported.

    Of a job that was split, `progress` is summed over the jobs that it was split into while these work.
    """

    id: UUID
    kind: str
    owner_id: UUID
    created_by: UUID
    parent_id: UUID | None
    state: str
    request: dict[str, Any]
    progress: dict[str, Any]
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    attempt: int
    worker: str
    cancel_requested: bool
    stored_bytes: int
    created: datetime
    started: datetime | None
    finished: datetime | None
    expires: datetime | None

    @property
    def is_open(self) -> bool:
        """Tell whether it has not ended."""
        return self.finished is None


JOB_FIELDS = tuple(JobRow.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that a worker has taken in hand: `attempt` fences its writes, `kept` is the last checkpoint."""

    id: UUID
    kind: str
    owner_id: UUID
    created_by: UUID
    parent_id: UUID | None
    scopes: list[str]
    request: dict[str, Any]
    progress: dict[str, Any]
    kept: dict[str, Any] | None
    attempt: int
    failures: int
    max_failures: int
    stored_bytes: int
    cancel_requested: bool


@dataclass(frozen=True, slots=True)
class Sign:
    """What a worker writes down of a job that it runs: how far it is, how many bytes it has stored."""

    progress: Mapping[str, Any] = field(default_factory=dict)
    stored_bytes: int = 0


@dataclass(frozen=True, slots=True)
class JobsBacklog:
    """How many jobs are queued and run, for how long the oldest has been due (seconds), and how many workers live."""

    queued: int
    running: int
    oldest_age_s: float
    workers: int
