"""The driver's errors as ours: what was not sent may be tried again, what was lost on the way is unknown."""

import pytest
from cassandra import (
    AuthenticationFailed,
    ConsistencyLevel,
    InvalidRequest,
    OperationTimedOut,
    ReadFailure,
    ReadTimeout,
    Unauthorized,
    Unavailable,
    WriteFailure,
    WriteTimeout,
    WriteType,
)
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionBusy, ConnectionException, ConnectionShutdown
from cassandra.protocol import IsBootstrappingErrorMessage, OverloadedErrorMessage, ServerError, SyntaxException

from core.errors import OutcomeUnknown, StoreError, StoreTimeout, StoreUnavailable, TriviumError, UnsupportedQuery
from timeseries.failures import DRIVER_ERRORS, is_busy, reason_of, translate


def no_host(*errors):
    return NoHostAvailable("Unable to complete the operation", {f"10.0.0.{at}": each for at, each in enumerate(errors)})


UNAVAILABLE = Unavailable("few", consistency=ConsistencyLevel.QUORUM, required_replicas=2, alive_replicas=1)
CASES: list[tuple[Exception, type[TriviumError], type[TriviumError]]] = [
    (no_host(ConnectionRefusedError(111, "refused")), StoreUnavailable, StoreUnavailable),
    (no_host(AuthenticationFailed("bad")), StoreUnavailable, StoreUnavailable),
    (no_host(ConnectionException("pool is down"), ConnectionShutdown("lost")), StoreUnavailable, OutcomeUnknown),
    (no_host(OperationTimedOut()), StoreUnavailable, OutcomeUnknown),
    (UNAVAILABLE, StoreUnavailable, StoreUnavailable),
    (OverloadedErrorMessage(0x1001, "busy", {}), StoreUnavailable, StoreUnavailable),
    (IsBootstrappingErrorMessage(0x1002, "young", {}), StoreUnavailable, StoreUnavailable),
    (ConnectionShutdown("lost"), StoreUnavailable, OutcomeUnknown),
    (OperationTimedOut(), StoreTimeout, OutcomeUnknown),
    (ReadTimeout("slow"), StoreTimeout, OutcomeUnknown),
    (WriteTimeout("slow", write_type=WriteType.SIMPLE), StoreTimeout, OutcomeUnknown),
    (WriteFailure("broken", write_type=WriteType.SIMPLE), StoreUnavailable, OutcomeUnknown),
    (ReadFailure("broken"), StoreUnavailable, OutcomeUnknown),
    (Unauthorized("no permission"), StoreError, StoreError),
    (InvalidRequest('code=2200 message="table x does not exist"'), StoreUnavailable, StoreUnavailable),
    (InvalidRequest('code=2200 message="use ALLOW FILTERING"'), UnsupportedQuery, UnsupportedQuery),
    (SyntaxException(0x2000, "no viable alternative", {}), StoreError, StoreError),
    (ServerError(0x0000, "oops", {}), StoreError, StoreError),
]


@pytest.mark.parametrize(("error", "reading", "writing"), CASES, ids=[repr(case[0])[:40] for case in CASES])
def test_each_error_of_the_driver_is_one_of_ours(error, reading, writing):
    assert isinstance(error, DRIVER_ERRORS)
    assert type(translate(error, writing=False)) is reading
    assert type(translate(error, writing=True)) is writing


def test_every_message_says_what_happened_in_one_line():
    for error, _, _ in CASES:
        message = translate(error, writing=True).message
        assert "\n" not in message
        assert "Cassandra" in message


def test_a_reason_is_the_servers_own_words():
    error = InvalidRequest('Error from server: code=2200 [Invalid query] message="table x does not exist"')
    assert reason_of(error) == "table x does not exist"
    assert reason_of(no_host(ConnectionRefusedError(111, "refused"))) == "10.0.0.0: [Errno 111] refused"
    assert reason_of(OperationTimedOut()).startswith("errors=None")


@pytest.mark.parametrize(
    ("error", "is_so"),
    [
        (no_host(ConnectionBusy("full"), ConnectionBusy("full")), True),
        (no_host(ConnectionBusy("full"), OperationTimedOut()), False),
        (no_host(), False),
        (ConnectionBusy("full"), True),
        (UNAVAILABLE, False),
    ],
)
def test_only_what_was_not_sent_for_want_of_room_is_tried_again(error, is_so):
    assert is_busy(error) is is_so
