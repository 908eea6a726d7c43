"""What commands end with: the one map from error codes to exit statuses, after sysexits.h, and their base class."""

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.core.management.base import BaseCommand

from core.errors import TriviumError

EXIT_STATUSES: Mapping[str, int] = MappingProxyType(
    {
        "error": 1,
        "invalid_input": 65,
        "unsupported_query": 65,
        "too_large": 65,
        "body_cut_off": 65,
        "too_much_work": 65,
        "idempotency_mismatch": 65,
        "not_found": 66,
        "permission_refused": 77,
        "conflict": 73,
        "insufficient_funds": 73,
        "quota_exceeded": 73,
        "in_flight": 75,
        "precondition_failed": 73,
        "overloaded": 75,
        "body_too_slow": 75,
        "target_failed": 74,
        "store_error": 69,
        "store_unavailable": 69,
        "store_timeout": 75,
        "outcome_unknown": 75,
    },
)

REJECTED = 3
"""A load is done, but some lines were rejected: its rejects file says which and why."""

DIFFERS = 4
"""An export is not what it was: files are damaged, or events that should be stored still are missing."""

INTERRUPTED = 130
"""Somebody pressed Ctrl-C; 128 and the signal's number, as shells have it."""


class TriviumCommand(BaseCommand):
    """A command whose errors of our tree become one line on standard error and the code's exit status."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; a TriviumError ends the process with its status instead of a traceback."""
        try:
            return super().execute(*args, **options)
        except TriviumError as error:
            self.stderr.write(self.style.ERROR(f"{error.code}: {error.message}"))
            sys.exit(EXIT_STATUSES[error.code])
