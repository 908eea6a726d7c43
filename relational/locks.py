"""Named locks that a process holds across several transactions, and that PostgreSQL takes back when the process dies.

Called by `operations/`, where a change of another store stands between two commits here; what a lock's name is to
PostgreSQL also by this room's services, which lock for one transaction.
"""

import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from core.errors import Conflict, StoreError
from relational.translation import STORE, translated_errors

logger = logging.getLogger(__name__)
RETRY_S = 0.02


@contextmanager
def held_lock(name: str, *, wait_s: float) -> Iterator[None]:
    """Hold the lock of that name for the block; it belongs to this thread's session.

    Raises: Conflict when another session holds it for longer than `wait_s` seconds; StoreError.
    """
    key = key_of_lock(name.encode())
    deadline_s = time.monotonic() + wait_s
    while not _ask("SELECT pg_try_advisory_lock(%s)", key):
        if time.monotonic() >= deadline_s:
            raise Conflict(f"{name!r} is being changed by somebody else: try again")
        time.sleep(RETRY_S)
    try:
        yield
    finally:
        _release(key)


def key_of_lock(name: bytes) -> int:
    """Return the number under which PostgreSQL knows a lock of that name."""
    return int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)


def _release(key: int) -> None:
    """Release, or lose with the session: a lock that cannot be released is none any more."""
    try:
        _ask("SELECT pg_advisory_unlock(%s)", key)
    except StoreError as error:
        logger.warning("a lock went with its session: %s", error.message)


def _ask(statement: str, key: int) -> bool:
    with translated_errors(), connections[STORE].cursor() as cursor:
        cursor.execute(statement, [key])
        return bool(cursor.fetchone()[0])
