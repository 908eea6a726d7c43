"""Errors of PostgreSQL turned into ours, and its time measured, at the top of this room's services and selectors."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from psycopg import errors
from psycopg_pool import PoolTimeout

from core.errors import Conflict, InvalidInput, OutcomeUnknown, StoreTimeout, StoreUnavailable
from core.timings import measured

STORE = "default"
CANCELLED = (errors.QueryCanceled, errors.LockNotAvailable)
LOST_CONNECTION = "PostgreSQL was lost in the middle of a write: it may be done or not, send it again under the same id"


@contextmanager
def translated_errors(*, writes: bool = False) -> Iterator[None]:
    """Raise our errors instead of Django's.

    Raises: Conflict for a broken constraint, InvalidInput for a value that PostgreSQL cannot hold, StoreTimeout when a
    statement was cancelled, StoreUnavailable when nothing was done, OutcomeUnknown when a commit's answer was lost.
    """
    with measured(STORE, writing=writes):
        try:
            yield
        except IntegrityError as error:
            raise Conflict(_first_line(error)) from error
        except DataError as error:
            raise InvalidInput(_first_line(error)) from error
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            if isinstance(error.__cause__, CANCELLED):
                raise StoreTimeout(_first_line(error), store=STORE) from error
            if writes and isinstance(error.__cause__, errors.AdminShutdown):
                raise OutcomeUnknown(LOST_CONNECTION, store=STORE) from error
            raise StoreUnavailable(f"PostgreSQL: {_first_line(error)}", store=STORE) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
