"""Threads that ask the stores: a bounded pool for each, so that a store that hangs holds up no other.

Made by a process when it first asks, never inherited by a fork. Called by `query.engine`.
"""

import contextvars
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from core.errors import StoreUnavailable

T = TypeVar("T")

WORKERS_PER_STORE = 8
WAITING_PER_STORE = 64


class Workers:
    """The threads of one store; what is submitted beyond those running and waiting is refused."""

    def __init__(self, store: str, *, workers: int = WORKERS_PER_STORE, waiting: int = WAITING_PER_STORE) -> None:
        self.store = store
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix=f"query-{store}")
        self._places = threading.BoundedSemaphore(workers + waiting)

    def submit(self, task: Callable[[], T]) -> "Future[T]":
        """Run a task on a thread, in the caller's context; it should look at its deadline first, it may have waited.

        Raises: StoreUnavailable when too many tasks wait already.
        """
        if not self._places.acquire(blocking=False):
            raise StoreUnavailable(f"too many reads wait for the {self.store} store", store=self.store)
        future = self._threads.submit(contextvars.copy_context().run, task)
        future.add_done_callback(lambda _: self._places.release())
        return future


_workers: dict[str, Workers] = {}
_making = threading.Lock()


def workers_of(store: str) -> Workers:
    """Return this process's threads for a store."""
    with _making:
        if store not in _workers:
            _workers[store] = Workers(store)
        return _workers[store]


def _forget_workers() -> None:
    global _making  # noqa: PLW0603 - the lock may have been held by a thread that the fork left behind
    _making = threading.Lock()
    _workers.clear()


os.register_at_fork(after_in_child=_forget_workers)
