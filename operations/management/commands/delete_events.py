"""`manage.py delete_events`: queue the deletion of a stream's events, or of the stream; see docs/events.md."""

from typing import Any

from django.core.management.base import CommandParser

from core.exits import TriviumCommand
from core.principals import SYSTEM
from core.times import parse_time
from operations.deletions import ask_deletion


class Command(TriviumCommand):
    """Ask for a deletion; a worker carries it out."""

    help = "Let a worker delete a stream's events of a range, or the stream with all it has. There is no way back."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a stream and what of it."""
        parser.add_argument("stream")
        parser.add_argument("--from", dest="start", help="events at this time (RFC 3339) or later")
        parser.add_argument("--to", dest="end", help="events earlier than this time")
        parser.add_argument("--whole", action="store_true", help="the stream with all its events and settings")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Queue the job, and tell its id."""
        start, end = (options[name] and parse_time(options[name], path=f"--{name}") for name in ("start", "end"))
        job = ask_deletion(SYSTEM, options["stream"], start=start, end=end, whole=options["whole"])
        self.stdout.write(f"{job.id}: a worker will do it; GET /api/v1/jobs/{job.id} says how far it is")
