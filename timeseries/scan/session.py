"""A scan's own Cluster: its pages never wait behind the API's reads, nor those behind them. Opened at first use.

Called by `reading` and, for its sessions of both kinds, by nobody else. Opened anew after a fork and closed at the
end as `timeseries.session` is.
"""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cassandra import ProtocolVersion
from cassandra import cluster as driver
from cassandra.cluster import Cluster, DefaultConnection, Session
from cassandra.query import PreparedStatement
from django.db import connections

from core.errors import TriviumError
from timeseries.cluster import ROWS, open_cluster
from timeseries.failures import STORE
from timeseries.scan.messages import HANDLERS, Answer
from timeseries.session import translated

PAGE_TIMEOUT_S = 30.0
IN_BUFFER_BYTES = 1 << 16
# Version 5 wraps each 128 KiB in a checksum, which the driver takes apart in Python.
PROTOCOL_VERSION = ProtocolVersion.V4


class PageConnection(DefaultConnection):  # type: ignore[misc]  # the driver has no types
    """A connection that takes more than 4 KiB at once from its socket."""

    in_buffer_size = IN_BUFFER_BYTES


@dataclass(slots=True)
class _Door:
    lock: threading.RLock = field(default_factory=threading.RLock)
    cluster: Cluster | None = None
    sessions: dict[str, Session] = field(default_factory=dict)
    prepared: dict[tuple[str, str], PreparedStatement] = field(default_factory=dict)


_door = _Door()


def ask(
    cql: str,
    values: tuple[Any, ...],
    *,
    kind: str,
    state: bytes,
    rows: int,
    on_answer: Callable[[Answer | Exception], None],
) -> None:
    """Ask for the page of at most `rows` after a paging state; hand the answer, or what went wrong, to a function.

    The function is called on the driver's thread, or on this one when the request could not be sent.

    Raises: StoreUnavailable, StoreTimeout when there is no session.
    """
    with translated(writing=False):
        session = _session(kind)
        statement = _prepare(cql, kind, session).bind(values)
        statement.fetch_size = rows
        future = session.execute_async(
            statement, execution_profile=ROWS, timeout=PAGE_TIMEOUT_S, paging_state=state or None
        )
    future.add_callbacks(lambda answers: on_answer(answers.pop()), on_answer)


def close() -> None:
    """Close this process's cluster; the next scan opens another."""
    with _door.lock:
        cluster, _door.cluster = _door.cluster, None
        _door.sessions.clear()
        _door.prepared.clear()
    if cluster is not None:
        cluster.shutdown()


def _session(kind: str) -> Session:
    if kind not in _door.sessions:
        with _door.lock:
            if kind not in _door.sessions:
                _door.sessions[kind] = _open(kind)
    return _door.sessions[kind]


def _open(kind: str) -> Session:
    if _door.cluster is None:
        _door.cluster = open_cluster(
            connections.databases[STORE],
            compression=False,
            connection_class=PageConnection,
            protocol_version=PROTOCOL_VERSION,
        )
        profile = _door.cluster.profile_manager.profiles[ROWS]
        profile.row_factory = _as_they_are
    try:
        with translated(writing=False):
            session = _door.cluster.connect()
    except TriviumError:
        if not _door.sessions:
            close()
        raise
    session.client_protocol_handler = HANDLERS[kind]
    return session


def _prepare(cql: str, kind: str, session: Session) -> PreparedStatement:
    if (kind, cql) not in _door.prepared:
        statement = session.prepare(cql)
        statement.is_idempotent = True
        _door.prepared[kind, cql] = statement
    return _door.prepared[kind, cql]


def _as_they_are(names: object, answers: list[Answer]) -> list[Answer]:  # noqa: ARG001 - the driver's signature
    return answers


def _forget_parents_cluster() -> None:
    """In a forked child: the parent's sockets and threads are not ours; neither use nor shut them down."""
    global _door
    parents, _door = _door, _Door()
    if parents.cluster is not None:
        with suppress(AttributeError):
            driver._discard_cluster_shutdown(parents.cluster)  # noqa: SLF001 - else the child's exit shuts the parent's down


os.register_at_fork(after_in_child=_forget_parents_cluster)
# As in timeseries.session: before Python ends the driver's executors.
threading._register_atexit(close)  # type: ignore[attr-defined] # noqa: SLF001 - there is no public way to be in time
