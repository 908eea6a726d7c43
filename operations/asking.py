"""Asking PostgreSQL something beside what the caller does meanwhile, within a deadline. Called by readiness."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from typing import TypeVar

from django.db import connections

from core.deadlines import Deadline
from core.errors import StoreError
from relational.connections import bounded_waits
from relational.translation import STORE

T = TypeVar("T")


def ask_beside(question: Callable[[], T], deadline: Deadline) -> Callable[[], T | None]:
    """Ask on another thread; what is returned tells the answer, None when there is none by the deadline."""
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="beside")
    asked = pool.submit(_ask, question, deadline.remaining_s())
    pool.shutdown(wait=False)

    def told() -> T | None:
        try:
            return asked.result(timeout=deadline.remaining_s())
        except (StoreError, TooLate):
            return None

    return told


def _ask(question: Callable[[], T], bound_s: float) -> T:
    try:
        with bounded_waits(bound_s):
            return question()
    finally:
        connections[STORE].close()
