"""One line per answered request, and its part in the metrics. Called by the gate (`api/middleware.py`)."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from api import metrics
from core.logs import line_logger
from core.routes import method_of, route_of
from core.timings import Timings, recorded_timings


class Exchange:
    """A request on its way to its answer: begun when it came, finished when its answer was handed over whole."""

    def __init__(self, request: HttpRequest, request_id: str) -> None:
        self.request, self.request_id = request, request_id
        self._started_s = time.perf_counter()
        self._timings = Timings()

    @contextmanager
    def timed(self) -> Iterator[Timings]:
        """Record what the stores take."""
        with recorded_timings() as self._timings:
            yield self._timings

    def watch(self, response: HttpResponseBase) -> None:
        """Finish with this answer; with one in parts, when its last part was taken or nobody wants more."""
        if isinstance(response, StreamingHttpResponse):
            parts: Any = response.streaming_content
            response.streaming_content = _WatchedParts(parts, copy_context(), lambda sent: self._finish(response, sent))
        else:
            self._finish(response, len(response.content))  # type: ignore[attr-defined] # every other answer has it

    def _finish(self, response: HttpResponseBase, sent_bytes: int) -> None:
        seconds = time.perf_counter() - self._started_s
        method, route, status = method_of(self.request), route_of(self.request), response.status_code
        metrics.count_request(route=route, method=method, status=status, seconds=seconds)
        logger = _lines.logger
        (logger.error if status >= 500 else logger.info)(
            "request",
            pid=os.getpid(),
            request_id=self.request_id,
            principal=_principal_of(self.request),
            method=method,
            route=route,
            status=status,
            duration_ms=round(seconds * 1000, 3),
            bytes=sent_bytes,
            stores_ms={store: round(spent * 1000, 3) for store, spent in self._timings.seconds_by_store().items()},
        )


def _principal_of(request: HttpRequest) -> str | None:
    # Django's own user is looked up when it is first touched: not for a log line.
    caller = vars(request).get("user")
    if caller is None or type(caller) is SimpleLazyObject:
        return None
    principal = getattr(caller, "principal", None)
    return str(principal.user_id) if principal is not None else None


class _Lines:
    """The logger, made at first use: the settings are read then."""

    @cached_property
    def logger(self) -> Any:
        return line_logger(settings.LOG_FORMAT)  # type: ignore[misc]  # mypy does not see split settings


_lines = _Lines()


class _WatchedParts:
    """The parts of an answer, each made in the context of its request: its bounds and its id hold to the end."""

    def __init__(self, parts: Iterable[bytes], context: Context, finish: Callable[[int], None]) -> None:
        self._parts, self._context, self._finish = iter(parts), context, finish
        self._sent_bytes = 0
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            part: bytes = self._context.run(next, self._parts)
        except BaseException:
            self.close()
            raise
        self._sent_bytes += len(part)
        return part

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._finish(self._sent_bytes)
