"""One line per answered request, as the API's (docs/server.md); a stream's when it has ended. Called by the gate."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from core.logs import line_logger
from core.principals import Principal
from core.routes import method_of, route_of
from live.metrics import count_request

PRINCIPAL_KEY = "trivium.principal"


def note_principal(request: HttpRequest, principal: Principal) -> None:
    """Remember who asks, for the request's line."""
    request.META[PRINCIPAL_KEY] = str(principal.user_id)


class Exchange:
    """A request on its way to its answer."""

    def __init__(self, request: HttpRequest, request_id: str) -> None:
        self.request, self.request_id = request, request_id
        self._started_s = time.perf_counter()

    def watch(self, response: HttpResponseBase) -> None:
        """Count the answer, and write the line: at once, or when the stream has ended or nobody listens any more."""
        count_request(route=route_of(self.request), method=method_of(self.request), status=response.status_code)
        if isinstance(response, StreamingHttpResponse):
            pieces: Any = response.streaming_content
            response.streaming_content = self._watch_pieces(pieces, response.status_code)
        else:
            self._finish(response.status_code, len(response.content))  # type: ignore[attr-defined] # every other answer has it

    async def _watch_pieces(self, pieces: Any, status: int) -> AsyncIterator[bytes]:
        sent_bytes = 0
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    sent_bytes += len(piece)
                    yield piece
        finally:
            self._finish(status, sent_bytes)

    def _finish(self, status: int, sent_bytes: int) -> None:
        logger = _line_logger()
        (logger.error if status >= 500 else logger.info)(
            "request",
            pid=os.getpid(),
            request_id=self.request_id,
            principal=self.request.META.get(PRINCIPAL_KEY),
            method=method_of(self.request),
            route=route_of(self.request),
            status=status,
            duration_ms=round((time.perf_counter() - self._started_s) * 1000, 3),
            bytes=sent_bytes,
        )


@cache
def _line_logger() -> Any:
    # At first use: the settings are read then.
    return line_logger(settings.LOG_FORMAT)  # type: ignore[misc]  # mypy does not see split settings
