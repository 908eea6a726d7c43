"""`manage.py worker`: run jobs until SIGTERM; see docs/jobs.md."""

import os
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from core.exits import TriviumCommand
from jobs.celery import serve
from jobs.kinds import load_kinds
from jobs.worker import Pace, Worker


class Command(TriviumCommand):
    """Run a worker; several may run at once."""

    help = "Run jobs; several workers share the work."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the worker's name and whether it ends by itself."""
        parser.add_argument("--once", action="store_true", help="run what is due, then end")
        parser.add_argument("--name", default="", help="what operators call this worker (host and process)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until SIGTERM; jobs in hand go back into the queue, with their checkpoints."""
        worker = worker_of_settings(options["name"][:100] or f"{socket.gethostname()[:80]}:{os.getpid()}")
        if options["once"]:
            self.stdout.write(f"worker: {worker.drain()} attempts")
            return
        sys.exit(serve(worker))


def worker_of_settings(name: str) -> Worker:
    """Make the worker that the settings describe. Raises: as `load_kinds`."""
    pace = Pace(
        slots=settings.WORKER_SLOTS,  # type: ignore[misc]  # mypy does not see split settings
        lease_s=settings.JOB_LEASE_S,  # type: ignore[misc]  # mypy does not see split settings
        poll_s=settings.WORKER_POLL_S,  # type: ignore[misc]  # mypy does not see split settings
    )
    limits: dict[str, int] = settings.JOB_LIMITS  # type: ignore[misc]  # mypy does not see split settings
    return Worker(name, load_kinds(), limits, pace)
