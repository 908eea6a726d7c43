"""Scripts that Redis runs for a request: one round trip on a connection of the thread's own, within a short bound.

When Redis is away, the answer is None, a line of the log says so, and it is left alone for a second. redis-py's
`register_script` does the same through a client and its pool, which takes every request twice as long (130 µs for 60).
"""

import logging
import os
import threading
import time
from hashlib import sha1
from typing import Any

from django.conf import settings
from redis.backoff import NoBackoff
from redis.connection import Connection, parse_url
from redis.exceptions import NoScriptError, RedisError
from redis.retry import Retry

TIMEOUT_S = 0.05
LEFT_ALONE_S = 1.0
logger = logging.getLogger(__name__)


class _Line(threading.local):
    """A thread's connection."""

    connection: Any = None


_line = _Line()
_away_until_s = 0.0


class RedisScript:
    """A script in Lua with one key; it answers whole numbers."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._digest = sha1(source.encode(), usedforsecurity=False).hexdigest()

    def run(self, key: str, *values: int) -> list[int] | None:
        """Run it; None when Redis cannot be reached within TIMEOUT_S."""
        global _away_until_s  # noqa: PLW0603 - what one thread found out spares the others the wait
        if _away_until_s and time.monotonic() < _away_until_s:
            return None
        connection = _connection()
        try:
            try:
                answer: list[int] = _ask(connection, "EVALSHA", self._digest, 1, key, *values)
            except NoScriptError:
                answer = _ask(connection, "EVAL", self._source, 1, key, *values)
        except (RedisError, OSError) as error:
            connection.disconnect()
            _away_until_s = time.monotonic() + LEFT_ALONE_S
            logger.warning("Redis does not answer, no limit is in force: %s", error)
            return None
        return answer


def _ask(connection: Any, *words: Any) -> Any:
    connection.send_command(*words, check_health=False)
    return connection.read_response()


def _connection() -> Any:
    if _line.connection is None:
        options = parse_url(settings.REDIS_URI)  # type: ignore[misc, no-untyped-call]  # mypy does not see split settings; redis has no types here
        kind = options.pop("connection_class", Connection)
        options |= {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S, "retry": Retry(NoBackoff(), 0)}
        _line.connection = kind(**options)
    return _line.connection


def _forget_connections() -> None:
    """In a forked child: the parent's sockets are not ours."""
    _line.connection = None


os.register_at_fork(after_in_child=_forget_connections)
