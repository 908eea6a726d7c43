"""Deadlines: one budget for a whole answer, handed down so that each store knows what is left."""

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock by which an answer must be there; `budget_s` seconds from its making."""

    budget_s: float
    _started_s: float = field(default_factory=time.monotonic)

    def remaining_s(self) -> float:
        """Return the seconds left, never below zero."""
        return max(0.0, self._started_s + self.budget_s - time.monotonic())

    def has_passed(self) -> bool:
        """Tell whether nothing is left."""
        return self.remaining_s() == 0.0
