"""Workers as they run for real, in processes of their own within Celery: with Redis, without it, and told to end."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

from jobs.celery import call_workers
from relational.models import Job
from routers import PROJECT_ROOT
from tests.faults.outbox.processes import wait_until
from tests.integration.imports.children import child_environment

NOWHERE = "redis://127.0.0.1:1/0"


@contextmanager
def working(**variables):
    """Run `manage.py worker` and end it by SIGTERM: it must end well."""
    known = {**child_environment(), "TRIVIUM_WORKER_POLL_S": "60", **variables}
    process = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=PROJECT_ROOT, env=known)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_workers_work_without_redis_are_called_over_it_and_put_back_what_they_have(add, seen):
    job_id = add(n=1000, delay_s=0.02)
    with working(TRIVIUM_REDIS_URI=NOWHERE) as first:
        wait_until(lambda: seen(job_id).progress.get("rows"))
    assert (seen(job_id).state, seen(job_id).attempt) == ("queued", 1)
    assert Job.objects.get(pk=job_id).kept
    Job.objects.filter(pk=job_id).update(request={"n": 1})
    with working() as second:
        wait_until(lambda: seen(job_id).state == "succeeded")  # it looks when it starts, and then once a minute
        called_id = add(n=1)
        call_workers()
        wait_until(lambda: seen(called_id).state == "succeeded")
    assert first.pid != second.pid != os.getpid()
