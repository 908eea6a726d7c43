"""Errors of PostgreSQL turned into ours, and its time measured, at the top of this room's services and selectors."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from django.db import DataError, IntegrityError, InterfaceError, InternalError, OperationalError, ProgrammingError
from psycopg import errors
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from core.errors import (
    Conflict,
    InsufficientFunds,
    InvalidInput,
    OutcomeUnknown,
    StoreError,
    StoreTimeout,
    StoreUnavailable,
)
from core.timings import measured
from relational.connections import ServerSilent

STORE = "default"
CANCELLED = (errors.QueryCanceled, errors.LockNotAvailable)
NOT_MIGRATED = (errors.UndefinedTable, errors.UndefinedColumn)
MIGRATE = "run `manage.py migrate`"
NEVER_CONNECTED = (PoolClosed, PoolTimeout, TooManyRequests, errors.ConnectionTimeout)
# Said by a server that may have committed before. An ERROR says that the transaction was rolled back, also at COMMIT:
# once the commit is recorded PostgreSQL raises nothing less than a PANIC, whatever its SQLSTATE.
SAYS_NOTHING = ("08", "40003", "57P01", "57P02", "57P03")
ENDS_CONNECTION = ("FATAL", "PANIC")
LOST_CONNECTION = "PostgreSQL was lost in the middle of a write: it may be done or not, send it again under the same id"
# What a broken constraint means to who asked; others are told in PostgreSQL's words.
BROKEN_CONSTRAINTS: Mapping[str, Conflict] = MappingProxyType(
    {
        "account_number_once": Conflict("the book has an account of this number and currency"),
        "account_asset_not_overdrawn": InsufficientFunds("an asset account would go below its overdraft limit"),
        "relational_transaction_reverses_id_key": Conflict("the transaction is reversed already"),
    }
)


@contextmanager
def translated_errors(*, writes: bool = False) -> Iterator[None]:
    """Raise our errors instead of Django's.

    Raises: Conflict for a broken constraint, InvalidInput for a value that PostgreSQL cannot hold, StoreTimeout when a
    statement was cancelled, StoreUnavailable when nothing was done (also where PostgreSQL is not migrated),
    OutcomeUnknown when a write lost its connection.
    """
    with measured(STORE, writing=writes):
        try:
            yield
        except IntegrityError as error:
            raise _conflict(error) from error
        except DataError as error:
            raise InvalidInput(_first_line(error)) from error
        except ProgrammingError as error:
            if not isinstance(error.__cause__, NOT_MIGRATED):
                raise
            raise StoreUnavailable(f"PostgreSQL: {_first_line(error)}: {MIGRATE}", store=STORE) from error
        except InternalError as error:
            if not _ended_connection(error.__cause__):
                raise
            raise _outage(error, writes=writes) from error
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            raise _outage(error, writes=writes) from error


def _outage(error: Exception, *, writes: bool) -> StoreError:
    if writes and _may_be_done(error.__cause__ or error):
        return OutcomeUnknown(LOST_CONNECTION, store=STORE)
    if isinstance(error.__cause__, CANCELLED):
        return StoreTimeout(_first_line(error), store=STORE)
    return StoreUnavailable(f"PostgreSQL: {_first_line(error)}", store=STORE)


def _may_be_done(error: BaseException) -> bool:
    """Whether an answer was lost: the error is of a connection that was had, and the server did not say what became."""
    if isinstance(error, ServerSilent):
        return True
    if isinstance(error, NEVER_CONNECTED) or (isinstance(error, errors.Error) and error.pgconn is not None):
        return False  # `pgconn` is there when connecting failed
    sqlstate = error.sqlstate if isinstance(error, errors.Error) else None
    return sqlstate is None or sqlstate.startswith(SAYS_NOTHING) or _ended_connection(error)


def _ended_connection(error: BaseException | None) -> bool:
    return isinstance(error, errors.Error) and error.diag.severity_nonlocalized in ENDS_CONNECTION


def _conflict(error: IntegrityError) -> Conflict:
    constraint = error.__cause__.diag.constraint_name if isinstance(error.__cause__, errors.Error) else None
    known = BROKEN_CONSTRAINTS.get(constraint or "")
    return type(known)(known.message) if known else Conflict(_first_line(error))


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
