import pytest
from bson.errors import InvalidDocument
from pymongo import errors

from core.errors import (
    Conflict,
    InvalidInput,
    OutcomeUnknown,
    StoreError,
    StoreTimeout,
    StoreUnavailable,
    TooLarge,
)
from documents.failures import reason_of, translate


@pytest.mark.parametrize(
    ("error", "reading", "writing"),
    [
        (errors.ServerSelectionTimeoutError("refused"), StoreUnavailable, StoreUnavailable),
        (errors.WaitQueueTimeoutError("full"), StoreUnavailable, StoreUnavailable),
        (errors.InvalidURI("odd"), StoreUnavailable, StoreUnavailable),
        (errors.OperationFailure("no such user", 18), StoreUnavailable, StoreUnavailable),
        (errors.NetworkTimeout("timed out"), StoreTimeout, OutcomeUnknown),
        (errors.ExecutionTimeout("too long", 50), StoreTimeout, OutcomeUnknown),
        (errors.AutoReconnect("closed"), StoreUnavailable, OutcomeUnknown),
        (errors.NotPrimaryError("stepped down"), StoreUnavailable, OutcomeUnknown),
        (errors.WTimeoutError("waiting for replication", 64), StoreTimeout, OutcomeUnknown),
        (errors.WriteConcernError("unsatisfiable", 100), StoreUnavailable, OutcomeUnknown),
        (errors.DuplicateKeyError("E11000", 11000), Conflict, Conflict),
        (errors.OperationFailure("exists", 48), Conflict, Conflict),
        (errors.WriteError("validation", 121), InvalidInput, InvalidInput),
        (errors.OperationFailure("too large", 10334), TooLarge, TooLarge),
        (errors.DocumentTooLarge("too large"), TooLarge, TooLarge),
        (InvalidDocument("cannot encode object"), InvalidInput, InvalidInput),
        (OverflowError("8-byte ints"), InvalidInput, InvalidInput),
        (errors.OperationFailure("not authorized", 13), StoreError, StoreError),
        (errors.CursorNotFound("gone", 43), StoreError, StoreError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_errors_of_the_driver(error, reading, writing):
    assert type(translate(error, writing=False)) is reading
    assert type(translate(error, writing=True)) is writing


def test_a_transaction_that_gave_up_did_nothing():
    conflict = errors.OperationFailure("write conflict", 112, {"errorLabels": ["TransientTransactionError"]})
    assert type(translate(conflict, writing=True)) is StoreUnavailable


def test_a_reason_is_one_short_line():
    dump = "h:1: refused (configured timeouts: connectTimeoutMS: 5), Timeout: 5s, Topology Description: <...>\nmore"
    assert reason_of(errors.ServerSelectionTimeoutError(dump)) == "h:1: refused"
    assert reason_of(errors.OperationFailure("odd, full error: {'lsid': 1}")) == "odd"
    assert reason_of(errors.AutoReconnect()) == "AutoReconnect"
    assert len(reason_of(errors.AutoReconnect("x" * 5000))) == 300
