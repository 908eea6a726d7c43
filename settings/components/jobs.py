"""Long work: which kinds of jobs there are, how workers go about them, and where files go (docs/jobs.md)."""

from decouple import config

from settings.casts import positive_integer, positive_seconds, whole_number
from settings.paths import BASE_DIR

# Kind of job -> its handler, `module:function`; docs/jobs.md says how to write one.
JOB_KINDS: dict[str, str] = {
    "delete_events": "operations.deletions:delete_events",
    "recount_stream": "operations.recounts:recount_stream",
    "backfill_lookup": "operations.lookups:fill_lookup",
    "export": "exports.job:run_job",
    "export.task": "exports.job:run_task",
}
# Of these kinds only so many run at once, over all workers; of others as many as there are slots.
JOB_LIMITS: dict[str, int] = {"backfill_lookup": 1}
# A job that lists stored events under a new lookup goes no faster, so that others have their share of Cassandra.
LOOKUP_EVENTS_PER_S = config("TRIVIUM_LOOKUP_EVENTS_PER_S", default=5_000, cast=positive_integer)

JOBS_MAX_OPEN = config("TRIVIUM_JOBS_MAX_OPEN", default=20, cast=positive_integer)
# A worker that gives no sign of life for so long has lost its jobs to the others.
JOB_LEASE_S = config("TRIVIUM_JOB_LEASE_S", default=30.0, cast=positive_seconds)
WORKER_POLL_S = config("TRIVIUM_WORKER_POLL_S", default=2.0, cast=positive_seconds)
WORKER_SLOTS = config("TRIVIUM_WORKER_SLOTS", default=2, cast=whole_number(1, 64))

# Any address that fsspec knows: a folder, s3://bucket/folder, …; each job has a folder of its own there.
FILES = config("TRIVIUM_FILES", default="") or str(BASE_DIR / ".stack" / "files")
FILES_KEPT_S = config("TRIVIUM_FILES_KEPT_S", default=604_800.0, cast=positive_seconds)
FILES_MAX_BYTES = config("TRIVIUM_FILES_MAX_BYTES", default=10_737_418_240, cast=positive_integer)
