"""Units of work: one database transaction, begun again when PostgreSQL sacrificed it to another one.

Called by services that write. A unit inside a unit is a part of it.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

import stamina
from django.db import OperationalError, transaction
from psycopg import errors

from relational.translation import STORE, translated_errors

T = TypeVar("T")
ATTEMPTS = 5
LONGEST_WAIT_S = 0.2
VICTIMS = (errors.SerializationFailure, errors.DeadlockDetected)

_in_unit: ContextVar[bool] = ContextVar("in_unit", default=False)


def run_unit(work: Callable[[], T]) -> T:
    """Run work in one transaction and return what it returns; it must do nothing outside of PostgreSQL.

    Raises: what the work raises, and as `translated_errors`; StoreUnavailable when PostgreSQL sacrificed it ATTEMPTS
    times to others (serialization failures, deadlocks): nothing was done.
    """
    if _in_unit.get():
        return work()
    token = _in_unit.set(True)
    try:
        with translated_errors(writes=True):
            return _run_alone(work)
    finally:
        _in_unit.reset(token)


def _was_sacrificed(error: Exception) -> bool:
    return isinstance(error, OperationalError) and isinstance(error.__cause__, VICTIMS)


def _run_alone(work: Callable[[], T]) -> T:
    try:
        with transaction.atomic(using=STORE):
            return work()
    except OperationalError as error:
        if not _was_sacrificed(error):
            raise
    return _run_again(work)


# A frame of its own: almost no unit is run again, and making the retries costs as much as a statement.
@stamina.retry(on=_was_sacrificed, attempts=ATTEMPTS - 1, wait_initial=0.01, wait_jitter=0.04, wait_max=LONGEST_WAIT_S)
def _run_again(work: Callable[[], T]) -> T:
    with transaction.atomic(using=STORE):
        return work()
