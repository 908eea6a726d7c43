"""PostgreSQL connections whose waits are bounded on the client's side: a frozen server heeds no statement_timeout.

The pool makes these (`settings/uris.py`). Unbounded unless `bounded_waits` is in force, so that migrations and loads
take the time they need; the API bounds each request.
"""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import Params, PQGen

from core.deadlines import shorten

T = TypeVar("T")
WAIT_INTERVAL_S = 0.1
POOL_CHECK = ""

_bound_s: ContextVar[float | None] = ContextVar("bound_s", default=None)


@contextmanager
def bounded_waits(seconds: float) -> Iterator[None]:
    """Let no answer of PostgreSQL be waited for longer, in this context and in those copied from it."""
    token = _bound_s.set(seconds)
    try:
        yield
    finally:
        _bound_s.reset(token)


class ServerSilent(errors.QueryCanceled):
    """We stopped waiting: what was told to the server may be done or not."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that gives up on a silent server, and is then closed: what it was told may be done or not."""

    def execute(self, query: Any, params: Params | None = None, **options: Any) -> psycopg.Cursor[Any]:
        """Execute; but the pool's check, the empty query, is asked only of a server that has said something.

        A server that ended has: its end of the connection is closed. So are those of the others that wait in the pool,
        which would try them one by one, with growing pauses: they are replaced at once.
        """
        if query != POOL_CHECK:
            return super().execute(query, params, **options)
        if self._is_silent():
            return self.cursor()
        try:
            return super().execute(query, params, **options)
        except psycopg.OperationalError:
            self._replace_idle()
            raise

    def wait(self, gen: PQGen[T], interval: float = WAIT_INTERVAL_S, timeout: float | None = None) -> T:
        """Wait as psycopg does, for at most the bound in force. Raises: ServerSilent."""
        bound_s = _bound_s.get()
        if bound_s is None or timeout is not None:
            return super().wait(gen, interval, timeout)
        bound_s = shorten(bound_s)
        try:
            return super().wait(gen, interval, bound_s)
        except errors._WaitTimeout as silence:  # noqa: SLF001 - what the parent's `wait` says it raises
            self.pgconn.finish()
            raise ServerSilent(f"PostgreSQL did not answer within {bound_s:g} s") from silence

    def _replace_idle(self) -> None:
        pool: Any = getattr(self, "_pool", None)
        # The pool's own marks: what is older than its last draining says nothing about those it has now.
        if pool is not None and self._created_at >= pool._drained_at:  # noqa: SLF001 - it shows no others
            pool.drain()

    def _is_silent(self) -> bool:
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return not poll.poll(0)
