"""The driver's exceptions as errors of our tree: the one place where they are told apart. Called by `client` only.

What matters is whether a write may have been done: never sent is StoreUnavailable, lost on the way is OutcomeUnknown.
"""

from bson.errors import BSONError
from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    DocumentTooLarge,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WTimeoutError,
)

from core.errors import (
    Conflict,
    InvalidInput,
    OutcomeUnknown,
    StoreError,
    StoreTimeout,
    StoreUnavailable,
    TooLarge,
    TriviumError,
)

STORE = "documents"
MAX_DOCUMENT_BYTES = 16 * 1024 * 1024

# The last two are what the driver lets through of an integer or a text that BSON cannot hold.
DRIVER_ERRORS = (PyMongoError, BSONError, OverflowError, UnicodeEncodeError)
NEVER_SENT = (ConfigurationError, ServerSelectionTimeoutError, WaitQueueTimeoutError)
OUT_OF_TIME = (ExecutionTimeout, NetworkTimeout, WTimeoutError)

AUTHENTICATION_FAILED = 18
VALIDATION_FAILED = 121
TOO_LARGE_CODES = frozenset({10334, 17280, 17419, 17420})
DUPLICATE_CODES = frozenset({11000, 11001, 12582})
NAMESPACE_EXISTS = 48
NOT_ACKNOWLEDGED_CODES = frozenset({64, 100})
TRANSIENT = "TransientTransactionError"


def translate(error: Exception, *, writing: bool) -> TriviumError:
    """Return (not raise) the error of our tree for one of the driver's; raise it `from` the driver's.

    `writing`: whether the request changes anything, so that a lost answer is an unknown outcome and no mere timeout.
    """
    if isinstance(error, (BSONError, OverflowError, UnicodeEncodeError)):
        return _unfit(error)
    if _never_sent(error):
        return StoreUnavailable(f"MongoDB is not available: {reason_of(error)}", store=STORE)
    if isinstance(error, (ConnectionFailure, *OUT_OF_TIME)) or code_of(error) in NOT_ACKNOWLEDGED_CODES:
        return _lost(error, writing=writing)
    return _refused(error)


def reason_of(error: Exception) -> str:
    """Return one line that says what is wrong, without the driver's dump of its topology."""
    text = (str(error) or type(error).__name__).splitlines()[0]
    text = text.partition(", full error:")[0].partition(", Timeout:")[0].partition(" (configured timeouts:")[0]
    return text[:300]


def code_of(error: Exception) -> int | None:
    """Return the server's error code, if it sent one."""
    return error.code if isinstance(error, OperationFailure) else None


def _never_sent(error: Exception) -> bool:
    if isinstance(error, NEVER_SENT) or code_of(error) == AUTHENTICATION_FAILED:
        return True
    return isinstance(error, OperationFailure) and error.has_error_label(TRANSIENT)


def _lost(error: Exception, *, writing: bool) -> StoreError:
    if writing:
        reason = f"MongoDB did not acknowledge a write: {reason_of(error)}; send it again under the same id"
        return OutcomeUnknown(reason, store=STORE)
    if isinstance(error, OUT_OF_TIME):
        return StoreTimeout(f"MongoDB did not answer a read in time: {reason_of(error)}", store=STORE)
    return StoreUnavailable(f"MongoDB could not answer a read: {reason_of(error)}", store=STORE)


def _unfit(error: Exception) -> InvalidInput:
    if isinstance(error, DocumentTooLarge):
        return TooLarge(f"a document holds at most {MAX_DOCUMENT_BYTES} bytes: split it")
    return InvalidInput(f"MongoDB cannot hold this document: {reason_of(error)}")


def _refused(error: Exception) -> TriviumError:
    code = code_of(error)
    if isinstance(error, DuplicateKeyError) or code in DUPLICATE_CODES:
        return Conflict("MongoDB has this value already where each must be unique: change it or its index")
    if code == NAMESPACE_EXISTS:
        return Conflict("MongoDB has a collection of this name already")
    if code == VALIDATION_FAILED:
        return InvalidInput("MongoDB refused a document that its collection's validator does not allow")
    if code in TOO_LARGE_CODES:
        return TooLarge(f"a document holds at most {MAX_DOCUMENT_BYTES} bytes: split it")
    return StoreError(f"MongoDB refused a request: {reason_of(error)}", store=STORE)
