"""How far the outbox lags behind: what is left, since when, and what is dead. Called by health and metrics."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass

from django.db import connections

from core.deadlines import Deadline
from core.errors import StoreError
from relational.connections import bounded_waits
from relational.selectors import outbox_backlog
from relational.translation import STORE


@dataclass(frozen=True, slots=True)
class OutboxLag:
    """Messages that are left, the age of the oldest of them in seconds (0 when none is left), and dead messages."""

    pending: int
    oldest_age_s: float
    dead: int


def outbox_lag() -> OutboxLag:
    """Return how far relays lag behind, over all topics. Raises: StoreError of PostgreSQL."""
    backlog = outbox_backlog()
    return OutboxLag(
        pending=sum(topic.pending for topic in backlog),
        oldest_age_s=max((topic.oldest_age_s for topic in backlog), default=0.0),
        dead=sum(topic.dead for topic in backlog),
    )


def ask_for_lag(deadline: Deadline) -> Callable[[], OutboxLag | None]:
    """Ask for the lag beside what the caller does meanwhile; what is returned tells it.

    None when PostgreSQL does not tell it by the deadline; readiness shows it, no more.
    """
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox-lag")
    asked = pool.submit(_ask, deadline.remaining_s())
    pool.shutdown(wait=False)

    def told() -> OutboxLag | None:
        try:
            return asked.result(timeout=deadline.remaining_s())
        except (StoreError, TooLate):
            return None

    return told


def _ask(bound_s: float) -> OutboxLag:
    try:
        with bounded_waits(bound_s):
            return outbox_lag()
    finally:
        connections[STORE].close()
