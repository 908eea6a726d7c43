"""Units of callers' limits that this process has counted in Redis beforehand, so that not every request asks Redis.

A purse lasts as long as its units take to come back in Redis: what is left in it by then has not been lost, and what is
spent from it was counted before. Called by `api.limits`.
"""

import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

MOST_PURSES = 4096


@dataclass(slots=True)
class Purse:
    """Units that are counted and not spent; how many more were left in Redis then, and when all would be back."""

    units: int
    left: int
    full_ms: int
    ends_s: float


class Purses:
    """The purses of the callers that asked last, by what Redis counts them under."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._purses: OrderedDict[str, Purse] = OrderedDict()

    def spend(self, key: str, cost: int) -> tuple[int, int] | None:
        """Take units and return how many are left in all, and ms until all are back; None when Redis must be asked."""
        now_s = time.monotonic()
        with self._lock:
            purse = self._purses.get(key)
            if purse is None or purse.units < cost or purse.ends_s <= now_s:
                return None
            purse.units -= cost
            return purse.left + purse.units, purse.full_ms

    def fill(self, key: str, purse: Purse) -> None:
        """Put units that were counted just now in the place of the caller's purse."""
        with self._lock:
            self._purses[key] = purse
            self._purses.move_to_end(key)
            if len(self._purses) > MOST_PURSES:
                self._purses.popitem(last=False)

    def forget(self) -> None:
        """Start without purses: a forked child's are its parent's."""
        self._lock = threading.Lock()
        self._purses.clear()


PURSES = Purses()
os.register_at_fork(after_in_child=PURSES.forget)
