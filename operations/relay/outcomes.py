"""What a handler says of a message, and when one that was not delivered is tried again. Pure."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from core.errors import (
    InvalidInput,
    OutcomeUnknown,
    StoreError,
    StoreTimeout,
    StoreUnavailable,
    TooLarge,
    TriviumError,
    UnsupportedQuery,
)

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 300.0
LONGEST_PAUSE_S = 15.0
# The store's affair, not the message's: however long it lasts, no message dies of it.
STORE_IS_AWAY: tuple[type[StoreError], ...] = (StoreUnavailable, StoreTimeout, OutcomeUnknown)


class Fate(StrEnum):
    """What became of a message."""

    DELIVERED = "delivered"
    POSTPONED = "postponed"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A message's fate, why when it was not delivered, and when to try again where the handler knows (seconds)."""

    fate: Fate
    error: str = ""
    wait_s: float | None = None


DELIVERED = Outcome(Fate.DELIVERED)
BY_CODE: Mapping[str, Fate] = MappingProxyType(
    {
        **{error.code: Fate.POSTPONED for error in STORE_IS_AWAY},
        **{error.code: Fate.REFUSED for error in (InvalidInput, UnsupportedQuery, TooLarge)},
    },
)


def outcome_of(error: Exception) -> Outcome:
    """Return what an error means for a message: put off, refused for good, or failed (to be tried again)."""
    code, message = (error.code, error.message) if isinstance(error, TriviumError) else ("internal_error", repr(error))
    return outcome_of_code(code, message)


def outcome_of_code(code: str, message: str) -> Outcome:
    """Return what a result's code means for a message."""
    return Outcome(BY_CODE.get(code, Fate.FAILED), f"{code}: {message}")


def wait_s(attempts: int, *, longest_s: float = LONGEST_WAIT_S) -> float:
    """Return how long to wait after that many attempts: doubled each time, with jitter, bounded."""
    full_s: float = min(FIRST_WAIT_S * 2 ** min(attempts, 32), longest_s)
    return full_s * random.uniform(0.5, 1.0)  # noqa: S311 - so that those who failed together do not come back together
