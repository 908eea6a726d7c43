"""Threads that ask the stores: a bounded number for each, so that a store that hangs holds up no other.

Made by a process when it first asks, never inherited by a fork; daemons, so that a store that hangs does not keep a
process from ending either. Called by `query.engine`.
"""

import contextvars
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

from core.errors import StoreUnavailable

T = TypeVar("T")

WORKERS_PER_STORE = 8
WAITING_PER_STORE = 64


class Workers:
    """The threads of one store; what is submitted beyond those running and waiting is refused."""

    def __init__(self, store: str, *, workers: int = WORKERS_PER_STORE, waiting: int = WAITING_PER_STORE) -> None:
        self.store = store
        self._tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._places = threading.BoundedSemaphore(workers + waiting)
        self._to_start = threading.Semaphore(workers)
        self._idle = threading.Semaphore(0)

    def submit(self, task: Callable[[], T]) -> "Future[T]":
        """Run a task on a thread, in the caller's context; it should look at its deadline first, it may have waited.

        Raises: StoreUnavailable when too many tasks wait already.
        """
        if not self._places.acquire(blocking=False):
            raise StoreUnavailable(f"too many reads wait for the store '{self.store}'", store=self.store)
        future: Future[T] = Future()
        context = contextvars.copy_context()
        self._tasks.put(lambda: self._run(future, lambda: context.run(task)))
        if not self._idle.acquire(blocking=False) and self._to_start.acquire(blocking=False):
            threading.Thread(target=self._work, name=f"query-{self.store}", daemon=True).start()
        return future

    def _work(self) -> None:
        while True:
            self._tasks.get()()
            self._idle.release()

    def _run(self, future: "Future[T]", task: Callable[[], T]) -> None:
        try:
            result = task()
        except BaseException as error:  # noqa: BLE001 - whoever waits for the future gets it
            self._places.release()
            future.set_exception(error)
        else:
            self._places.release()
            future.set_result(result)


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
