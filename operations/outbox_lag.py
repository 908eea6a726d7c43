"""How far the outbox lags behind: what is left, since when, and what is dead. Called by health and metrics."""

from collections.abc import Callable
from dataclasses import dataclass

from core.deadlines import Deadline
from operations.asking import ask_beside
from relational.selectors import outbox_backlog


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
    return ask_beside(lambda: outbox_lag(), deadline)  # noqa: PLW0108 - looked up when it is asked
