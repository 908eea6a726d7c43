"""Where it is put down how far an export is: the manifest in its target, line by line, or the job that it is.

Called by `writing`; made by `running` and `job`.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from exports.manifest import NAME, line_of
from exports.targets import Target


class Journal(Protocol):
    """What is added here is there for the next attempt."""

    def add(self, line: Mapping[str, Any]) -> None:
        """Put down a line of the manifest, durably. Raises: TargetFailed, StoreError."""


class TargetJournal:
    """The manifest in the target."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def add(self, line: Mapping[str, Any]) -> None:
        """See Journal."""
        self._target.add_line(NAME, line_of(line))
