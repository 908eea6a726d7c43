"""The driver's exceptions as errors of our tree: the one place where they are told apart. Called by `session` only.

What matters is whether a write may have been done: refused before it was sent is StoreUnavailable, lost on the way
is OutcomeUnknown.
"""

import re

from cassandra import (
    AuthenticationFailed,
    CoordinationFailure,
    InvalidRequest,
    OperationTimedOut,
    Timeout,
    Unauthorized,
    Unavailable,
    UnresolvableContactPoints,
)
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionBusy, ConnectionException, ConnectionShutdown
from cassandra.pool import NoConnectionsAvailable
from cassandra.protocol import (
    ErrorMessageSub,
    IsBootstrappingErrorMessage,
    OverloadedErrorMessage,
    SyntaxException,
    TruncateError,
)

from core.errors import OutcomeUnknown, StoreError, StoreTimeout, StoreUnavailable, TriviumError, UnsupportedQuery

STORE = "timeseries"

DRIVER_ERRORS = (
    AuthenticationFailed,
    ConnectionBusy,
    ConnectionException,
    CoordinationFailure,
    ErrorMessageSub,
    InvalidRequest,
    NoConnectionsAvailable,
    NoHostAvailable,
    OperationTimedOut,
    Timeout,
    Unauthorized,
    Unavailable,
    UnresolvableContactPoints,
    OSError,
)
SERVER_MESSAGE = re.compile(r'message="(.*)"', re.DOTALL)
LOST_ON_THE_WAY = (OperationTimedOut, Timeout, CoordinationFailure, ConnectionShutdown, TruncateError)
NOT_SENT = (
    AuthenticationFailed,
    ConnectionBusy,
    ConnectionException,
    IsBootstrappingErrorMessage,
    NoConnectionsAvailable,
    NoHostAvailable,
    OverloadedErrorMessage,
    Unavailable,
    UnresolvableContactPoints,
    OSError,
)


def translate(error: Exception, *, writing: bool) -> TriviumError:
    """Return (not raise) the error of our tree for one of the driver's; raise it `from` the driver's.

    `writing`: whether the request changes anything, so that a lost answer is an unknown outcome and no mere timeout.
    """
    if "ALLOW FILTERING" in str(error):
        return UnsupportedQuery("Cassandra would have to walk every row for this: name the whole partition key")
    if _may_be_done(error):
        return _lost(error, writing=writing)
    if isinstance(error, NOT_SENT):
        return StoreUnavailable(f"Cassandra is not available: {reason_of(error)}", store=STORE)
    if isinstance(error, (InvalidRequest, SyntaxException)) and "does not exist" in str(error):
        return StoreUnavailable(f"Cassandra: {reason_of(error)}; run manage.py migrate", store=STORE)
    return StoreError(f"Cassandra refused a request: {reason_of(error)}", store=STORE)


def is_busy(error: Exception) -> bool:
    """Tell whether nothing was sent because every connection had enough to send: then trying again soon is right."""
    if isinstance(error, NoHostAvailable):
        tried = error.errors.values() if isinstance(error.errors, dict) else ()
        return bool(tried) and all(isinstance(each, (ConnectionBusy, NoConnectionsAvailable)) for each in tried)
    return isinstance(error, (ConnectionBusy, NoConnectionsAvailable))


def reason_of(error: Exception) -> str:
    """Return one line that says what is wrong; of several hosts' errors the first one."""
    if isinstance(error, NoHostAvailable) and isinstance(error.errors, dict) and error.errors:
        host, first = next(iter(error.errors.items()))
        return f"{host}: {reason_of(first)}" if isinstance(first, Exception) else f"{host}: {first}"
    text = str(error) or type(error).__name__
    servers_own = SERVER_MESSAGE.search(text)
    return (servers_own.group(1) if servers_own else text).splitlines()[0]


def _may_be_done(error: Exception) -> bool:
    if isinstance(error, NoHostAvailable) and isinstance(error.errors, dict):
        return any(isinstance(each, LOST_ON_THE_WAY) for each in error.errors.values())
    return isinstance(error, LOST_ON_THE_WAY)


def _lost(error: Exception, *, writing: bool) -> StoreError:
    if writing:
        reason = f"Cassandra did not acknowledge a write: {reason_of(error)}; send it again under the same identity"
        return OutcomeUnknown(reason, store=STORE)
    if isinstance(error, (OperationTimedOut, Timeout)):
        return StoreTimeout(f"Cassandra did not answer a read in time: {reason_of(error)}", store=STORE)
    return StoreUnavailable(f"Cassandra could not answer a read: {reason_of(error)}", store=STORE)
