"""Long work: jobs as rows that workers claim under a lease, and the workers' signs of life.

PostgreSQL is the truth about a job; a message in Redis only says that there is work (`jobs/`).
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Now

from core.ids import new_id
from core.principals import SYSTEM_ID
from relational.models.identity import Team, User


class JobState(models.TextChoices):
    """What became of a job; one that runs without a lease waits for the jobs it was split into."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = Q(state__in=(JobState.QUEUED.value, JobState.RUNNING.value))
"""Of jobs: those that have not ended."""


class Job(models.Model):
    """One piece of long work, of a kind that a handler knows, or one of the jobs that another was split into.

    `attempt` counts how often it was taken in hand and fences every write of a worker: who has an old one has lost it.
    `failures` counts attempts that failed since a checkpoint was `kept`. Who has neither user nor team is Trivium's.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=64)
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="children")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    owner_id = models.GeneratedField(
        expression=Coalesce("user_id", "team_id", Value(SYSTEM_ID, output_field=models.UUIDField())),
        output_field=models.UUIDField(),
        db_persist=True,
    )
    created_by = models.UUIDField()
    scopes = ArrayField(models.CharField(max_length=32))
    request = models.JSONField()
    state = models.CharField(max_length=9, choices=JobState.choices, default=JobState.QUEUED)
    progress = models.JSONField(default=dict)
    kept = models.JSONField(null=True)
    result = models.JSONField(null=True)
    error = models.JSONField(null=True)
    attempt = models.IntegerField(default=0)
    failures = models.IntegerField(default=0)
    max_failures = models.IntegerField(default=5)
    worker = models.CharField(max_length=100, blank=True)
    cancel_requested = models.BooleanField(default=False)
    stored_bytes = models.BigIntegerField(default=0)
    run_after = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    heartbeat = models.DateTimeField(null=True)
    created = models.DateTimeField(db_default=Now())
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    expires = models.DateTimeField(null=True)

    class Meta:
        """Open jobs are looked through by workers; an owner's are listed by id; ended ones go when they expire."""

        constraints = (
            models.CheckConstraint(condition=Q(user__isnull=True) | Q(team__isnull=True), name="job_one_owner"),
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
        )
        indexes = (
            models.Index(fields=["id"], name="job_open", condition=OPEN),
            models.Index(fields=["owner_id", "id"], name="job_by_owner"),
            models.Index(fields=["expires"], name="job_by_expiry", condition=Q(expires__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class JobWorker(models.Model):
    """A worker that runs, as of its last sign of life."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100)
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
