"""Several reads of one moment, within a deadline. Called by `query.sources`, on threads of its own."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction

from core.deadlines import Deadline
from core.errors import StoreTimeout
from relational.translation import STORE, translated_errors

BEGIN = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = {timeout_ms:d}"


@contextmanager
def read_snapshot(deadline: Deadline) -> Iterator[None]:
    """Let this room's selectors, called on this thread, read one snapshot; each statement ends by the deadline.

    The thread's connection goes back to the pool afterwards: not for a thread that is in a transaction already.

    Raises: StoreTimeout when nothing is left of the deadline, StoreUnavailable when there is no connection.
    """
    timeout_ms = math.ceil(deadline.remaining_s() * 1000)
    if timeout_ms == 0:
        raise StoreTimeout("nothing is left of the deadline", store=STORE)
    try:
        with translated_errors(), transaction.atomic(using=STORE):
            with connections[STORE].cursor() as cursor:
                cursor.execute(BEGIN.format(timeout_ms=timeout_ms))
            yield
    finally:
        connections[STORE].close()
