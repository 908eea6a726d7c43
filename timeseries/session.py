"""The one door to Cassandra: a Cluster and Session per process, opened at first use, opened anew after a fork.

Called by this room's services, selectors and Django backend. The driver's exceptions end here (`failures`), where
its time is measured, too. Statements are prepared once per process and carry their keyspace with them.
"""

import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cassandra import cluster as driver
from cassandra.cluster import Session
from cassandra.concurrent import execute_concurrent
from cassandra.query import BatchStatement, BatchType, PreparedStatement, SimpleStatement
from django.db import connections

from core.deadlines import shorten
from core.errors import StoreError, StoreUnavailable, TriviumError
from core.timings import measured
from timeseries.batches import Batch, let_go, make_statement
from timeseries.cluster import REQUEST_TIMEOUT_S, ROWS, SCHEMA, ShortenedSession, open_cluster
from timeseries.failures import DRIVER_ERRORS, STORE, is_busy, translate

Row = tuple[Any, ...]
CONCURRENCY = 32
RECONNECT_AFTER_S = 1.0
BUSY_WAIT_S = 0.02


class Request(NamedTuple):
    """One prepared statement with its values in order."""

    cql: str
    values: Sequence[Any] = ()


@dataclass(slots=True)
class _Door:
    """What a process has open. A failed opening is not tried again for a second, so that callers do not queue up."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    session: Any = None
    prepared: dict[tuple[str, str], PreparedStatement] = field(default_factory=dict)
    failure: TriviumError | None = None
    failed_at_s: float = 0.0


_door = _Door()


def keyspace() -> str:
    """Name the keyspace in use: the DATABASES entry's, in tests the test keyspace."""
    return str(connections.databases[STORE]["NAME"])


def driver_session() -> Session:
    """Return this process's session, opened at first use; it has no current keyspace.

    Raises: StoreUnavailable.
    """
    if _door.session is None:
        with _door.lock:
            if _door.session is None:
                _door.session = _open()
    return _door.session


def read(cql: str, values: Sequence[Any] = (), *, timeout_s: float | None = None) -> list[Row]:
    """Run one prepared read and return all its rows. Raises: StoreUnavailable, StoreTimeout."""
    return read_many([Request(cql, values)], timeout_s=timeout_s)[0]


def read_many(requests: Sequence[Request], *, timeout_s: float | None = None) -> list[list[Row]]:
    """Run prepared reads at once (at most CONCURRENCY in flight); rows per request, in the requests' order.

    Raises: StoreUnavailable, StoreTimeout of the first that failed.
    """
    with translated(writing=False):
        statements = [(prepare(request.cql), tuple(request.values)) for request in requests]
        answers = _run(statements, timeout_s=timeout_s)
        for answer in answers:
            if not answer.success:
                raise answer.result_or_exc
        return [answer.result_or_exc.all() for answer in answers]


def write(cql: str, values: Sequence[Any] = ()) -> list[Row]:
    """Run one prepared write; the rows are a conditional write's answer, its first column whether it was applied.

    Raises: StoreUnavailable (not done), OutcomeUnknown.
    """
    with translated(writing=True):
        statement = prepare(cql).bind(tuple(values))
        rows: list[Row] = (
            driver_session().execute(statement, execution_profile=ROWS, timeout=shorten(REQUEST_TIMEOUT_S)).all()
        )
        return rows


def write_batches(batches: Iterable[Batch]) -> list[TriviumError | None]:
    """Run the batches, unlogged, at most CONCURRENCY in flight; None or what went wrong, in order.

    Raises: StoreUnavailable when there is no session at all.
    """
    with measured(STORE, writing=True) as measurement:
        with translated(writing=False):
            statements = [(make_statement(batch, prepare(batch.cql), keyspace()), None) for batch in batches]
        answers = _run_patiently(statements)
        let_go(answers)
        results = [None if answer.success else _as_trivium(answer.result_or_exc) for answer in answers]
        measurement.code = next((error.code for error in results if error is not None), "")
    return results


def add_counts(cql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run an update of counters on rows of one partition, once: nobody tries it again, for it would count twice.

    Raises: StoreUnavailable (not done), OutcomeUnknown.
    """
    with translated(writing=True):
        batch = BatchStatement(BatchType.COUNTER)
        prepared = prepare(cql)
        for values in rows:
            batch.add(prepared, values)
        driver_session().execute(batch, execution_profile=ROWS, timeout=shorten(REQUEST_TIMEOUT_S))


def execute_cql(cql: str, values: Sequence[Any] = (), *, in_keyspace: bool = True) -> list[Row]:
    """Run unprepared CQL (tables, TRUNCATE), its `%s` filled in; return when the nodes agree on the schema.

    Raises: StoreUnavailable, OutcomeUnknown; StoreError when the nodes do not agree in time.
    """
    with translated(writing=True):
        statement = SimpleStatement(cql, keyspace=keyspace() if in_keyspace else None)
        answer = driver_session().execute(statement, tuple(values) or None, execution_profile=SCHEMA)
        if not answer.response_future.is_schema_agreed:
            raise StoreError("Cassandra: the nodes do not agree on the schema; try again", store=STORE)
        rows: list[Row] = answer.all()
        return rows


def prepare(cql: str) -> PreparedStatement:
    """Return the statement, prepared once per process and keyspace."""
    key = (keyspace(), cql)
    if key not in _door.prepared:
        with translated(writing=False):
            statement = driver_session().prepare(cql, keyspace=key[0])
        statement.is_idempotent = " IF " not in cql
        _door.prepared[key] = statement
    return _door.prepared[key]


def write_time_us() -> int:
    """Return a write time in microseconds since 1970, later than every one this process has used.

    Raises: StoreUnavailable.
    """
    return int(driver_session().cluster.timestamp_generator())


def server_version(*, timeout_s: float) -> str:
    """Ask a server for its version. Raises: StoreUnavailable, StoreTimeout."""
    with translated(writing=False):
        query = "SELECT release_version FROM system.local"
        return str(driver_session().execute(query, timeout=timeout_s, execution_profile=ROWS).one()[0])


def requests_in_flight() -> int:
    """Count the requests that this process's session waits for; opens none."""
    states = _door.session.get_pool_state().values() if _door.session is not None else []
    return sum(sum(state["in_flights"]) for state in states)


def close() -> None:
    """Close this process's session; the next use opens another."""
    with _door.lock:
        session, _door.session, _door.failure = _door.session, None, None
        _door.prepared.clear()
    if session is not None:
        session.cluster.shutdown()


@contextmanager
def translated(*, writing: bool) -> Iterator[None]:
    """Turn the driver's exceptions of the block into errors of our tree."""
    with measured(STORE, writing=writing):
        try:
            yield
        except DRIVER_ERRORS as error:
            raise translate(error, writing=writing) from error


def _open() -> Session:
    if _door.failure is not None and time.monotonic() - _door.failed_at_s < RECONNECT_AFTER_S:
        raise StoreUnavailable(_door.failure.message, store=STORE)
    cluster = open_cluster(connections.databases[STORE])
    try:
        with translated(writing=False):
            session = cluster.connect()
            session.__class__ = ShortenedSession  # the driver lets nobody choose it
    except TriviumError as failure:
        _door.failure, _door.failed_at_s = failure, time.monotonic()
        cluster.shutdown()
        raise
    _door.failure = None
    # cqlengine writes tuples as CQL tuples.
    session.encoder.mapping[tuple] = session.encoder.cql_encode_tuple
    return session


def _run(statements: Sequence[tuple[Any, Any]], *, timeout_s: float | None = None) -> list[Any]:
    session = driver_session()
    allowed_s = shorten(REQUEST_TIMEOUT_S if timeout_s is None else timeout_s)
    profile = ROWS
    if allowed_s != REQUEST_TIMEOUT_S:
        profile = session.execution_profile_clone_update(ROWS, request_timeout=allowed_s)
    answers: list[Any] = execute_concurrent(
        session,
        statements,
        concurrency=CONCURRENCY,
        raise_on_first_error=False,
        execution_profile=profile,
    )
    return answers


def _run_patiently(statements: Sequence[tuple[Any, Any]]) -> list[Any]:
    """Run writes; what the driver did not take, because its sockets were full, again until the time is over."""
    answers = _run(statements)
    ends_s = time.monotonic() + shorten(REQUEST_TIMEOUT_S)
    while time.monotonic() < ends_s:
        waiting = [at for at, answer in enumerate(answers) if not answer.success and is_busy(answer.result_or_exc)]
        if not waiting:
            break
        time.sleep(BUSY_WAIT_S)
        for at, answer in zip(waiting, _run([statements[at] for at in waiting]), strict=True):
            answers[at] = answer
    return answers


def _as_trivium(error: Exception) -> TriviumError:
    if isinstance(error, DRIVER_ERRORS):
        translation = translate(error, writing=True)
        translation.__cause__ = error
        return translation
    raise error


def _forget_parents_session() -> None:
    """In a forked child: the parent's sockets and threads are not ours; neither use nor shut them down."""
    global _door
    parents, _door = _door, _Door()
    if parents.session is not None:
        with suppress(AttributeError):
            driver._discard_cluster_shutdown(parents.session.cluster)  # noqa: SLF001 - else the child's exit shuts the parent's down


os.register_at_fork(after_in_child=_forget_parents_session)
# Not atexit: that runs after Python has ended the driver's executors, and its scheduler would print a traceback.
threading._register_atexit(close)  # type: ignore[attr-defined] # noqa: SLF001 - there is no public way to be in time
