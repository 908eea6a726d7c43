"""Every error that Trivium raises on purpose, and nothing else may leave a room.

    TriviumError
    ├── InvalidInput             the request, file or argument is wrong; `path` names the field
    │   ├── UnsupportedQuery     well formed, but this store cannot answer it; says what can
    │   ├── TooLarge             over a stated bound
    │   ├── BodyCutOff           what was sent ended too early
    │   ├── TooMuchWork          answering it would read more than one question may; says how much there is
    │   └── IdempotencyMismatch  the Idempotency-Key stands for another request
    ├── NotFound                 no such thing, or not yours
    ├── PermissionRefused        you may not do this, and may know that it exists
    ├── Conflict                 the state does not allow it: it exists already, or is in use
    │   ├── InsufficientFunds    an asset account would go below its overdraft limit
    │   ├── QuotaExceeded        the owner has stored as much as one may
    │   └── InFlight             a request with the same Idempotency-Key is being answered
    ├── PreconditionFailed       it is not as the caller demands: another changed it
    ├── Overloaded               too much at once for this process; try again
    ├── BodyTooSlow              what is sent has stopped coming
    ├── TargetFailed             files could not be written or read: a full disk, an object store
    └── StoreError               a store failed; `store` is its alias
        ├── StoreUnavailable     nothing was done; try again
        ├── StoreTimeout         a read took longer than its deadline
        └── OutcomeUnknown       a write timed out or lost its connection: done or not; sending it again is safe

`api/errors.py` holds the one map from `code` to HTTP status, `core/exits.py` the one to exit statuses.
"""

from collections.abc import Sequence
from typing import ClassVar


class TriviumError(Exception):
    """Base of the tree: a stable `code`, and a message that says what is wrong and what to do.

    `path` names the field (dotted) that it is about, empty for the whole; `errors` are (path, message) of every wrong
    field, where more than one is known; else the one of `path`.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, path: str = "", errors: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.errors = tuple(errors) or (((path, message),) if path else ())


class InvalidInput(TriviumError):
    """The request, file or argument is wrong."""

    code = "invalid_input"


class UnsupportedQuery(InvalidInput):
    """Well formed, but this store cannot answer it; the message says what can."""

    code = "unsupported_query"


class TooLarge(InvalidInput):
    """Over a stated bound; the message names the bound."""

    code = "too_large"


class BodyCutOff(InvalidInput):
    """What was sent ended too early; what came whole before may be done, and the message says how much."""

    code = "body_cut_off"


class TooMuchWork(InvalidInput):
    """Answering it would read more than one question may; the message says how much there is and what to do."""

    code = "too_much_work"


class IdempotencyMismatch(InvalidInput):
    """The Idempotency-Key was sent before with another request."""

    code = "idempotency_mismatch"


class NotFound(TriviumError):
    """No such thing, or not yours: the two are told apart for nobody."""

    code = "not_found"


class PermissionRefused(TriviumError):
    """You may not do this, and may know that it exists."""

    code = "permission_refused"


class Conflict(TriviumError):
    """The state does not allow it: it exists already, or is in use."""

    code = "conflict"


class InsufficientFunds(Conflict):
    """An asset account would go below its overdraft limit."""

    code = "insufficient_funds"


class QuotaExceeded(Conflict):
    """The owner has stored as much as one may; the message says how much that is and what makes room."""

    code = "quota_exceeded"


class InFlight(Conflict):
    """A request with the same Idempotency-Key is being answered; trying again is right."""

    code = "in_flight"


class PreconditionFailed(TriviumError):
    """It is not as the caller demands (If-Match, If-None-Match): another changed it; nothing was done."""

    code = "precondition_failed"


class Overloaded(TriviumError):
    """Too much at once for this process, whoever asks; nothing was done, trying again later is right."""

    code = "overloaded"


class TargetFailed(TriviumError):
    """Files could not be written or read: a full disk, rights, an object store; what was finished stays."""

    code = "target_failed"


class BodyTooSlow(TriviumError):
    """What is sent has stopped coming; what came whole before may be done, and the message says how much."""

    code = "body_too_slow"


class StoreError(TriviumError):
    """A store failed; `store` is its alias."""

    code = "store_error"

    def __init__(self, message: str, *, store: str) -> None:
        super().__init__(message)
        self.store = store


class StoreUnavailable(StoreError):
    """The store could not be reached or refused work; nothing was done, trying again is right."""

    code = "store_unavailable"


class StoreTimeout(StoreError):
    """A read took longer than its deadline."""

    code = "store_timeout"


class OutcomeUnknown(StoreError):
    """A write timed out or lost its connection: it may be done or not; sending it again under its identity is safe."""

    code = "outcome_unknown"
