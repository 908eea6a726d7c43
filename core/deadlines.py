"""Deadlines: one budget for a whole answer, handed down so that each store knows what is left.

A mixed read hands its own down as a value. The deadline of the whole request is in force for a context
(`answer_within`, opened by the API's gate), and every wait for a store is cut to what is left of it (`shorten`).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
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


# What a wait has at least: without any time, a connection that could tell how things stand would be given up.
LAST_WAIT_S = 0.2
_in_force: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def answer_within(seconds: float) -> Iterator[None]:
    """Let this context, and those copied from it, wait for the stores no longer than this in all."""
    token = _in_force.set(Deadline(seconds))
    try:
        yield
    finally:
        _in_force.reset(token)


@contextmanager
def renewed() -> Iterator[None]:
    """Give the block the whole budget of the deadline in force anew: one step of an answer that has many."""
    deadline = _in_force.get()
    token = _in_force.set(deadline and Deadline(deadline.budget_s))
    try:
        yield
    finally:
        _in_force.reset(token)


def shorten(wait_s: float) -> float:
    """Cut a wait, in seconds, to what is left of the deadline in force; as it is when there is none."""
    deadline = _in_force.get()
    return wait_s if deadline is None else min(wait_s, max(deadline.remaining_s(), LAST_WAIT_S))
