"""`manage.py relay`: deliver what the outbox tells, until SIGTERM; see docs/outbox.md."""

import os
import signal
import socket
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from core.exits import TriviumCommand
from core.logs import line_logger
from operations.relay import Relay
from operations.relay.loop import Pace


class Command(TriviumCommand):
    """Run a relay; several may run at once."""

    help = "Deliver what is committed in PostgreSQL to the other stores; several relays share the work."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the relay's name and whether it ends by itself."""
        parser.add_argument("--once", action="store_true", help="deliver what is due, then end")
        parser.add_argument("--name", default="", help="what operators call this relay (host and process)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until SIGTERM; the batch in hand is finished and the lanes are given back."""
        relay = Relay(options["name"][:100] or f"{socket.gethostname()[:80]}:{os.getpid()}", pace_of_settings())
        if options["once"]:
            relay.drain()
            self.stdout.write(f"relay: {relay.delivered} delivered")
        else:
            stop = threading.Event()
            signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
            lines = line_logger(settings.LOG_FORMAT)  # type: ignore[misc]  # mypy does not see split settings
            lines.info("relay started", relay=relay.name, pid=os.getpid())
            relay.run(stop)
            lines.info("relay ended", relay=relay.name, pid=os.getpid(), delivered=relay.delivered)


def pace_of_settings() -> Pace:
    """Return the pace that the settings say."""
    return Pace(
        lease_s=settings.RELAY_LEASE_S,  # type: ignore[misc]  # mypy does not see split settings
        poll_s=settings.RELAY_POLL_S,  # type: ignore[misc]  # mypy does not see split settings
        max_attempts=settings.OUTBOX_MAX_ATTEMPTS,  # type: ignore[misc]  # mypy does not see split settings
        kept_s=settings.OUTBOX_KEPT_S,  # type: ignore[misc]  # mypy does not see split settings
    )
