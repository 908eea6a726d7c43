"""What every request passes: who may call from a browser, the gate, and what only the admin's pages need.

The gate gives the request its id, refuses what no view could read rightly, bounds the waits for PostgreSQL and tells
how long each store took. Everything else an address of the API needs happens in its view (`api.views`).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_plus, unquote_to_bytes

from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.core.exceptions import DisallowedHost, MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from structlog.contextvars import bound_contextvars

from api.access_log import Exchange
from api.draining import is_draining
from api.problems import Problem, problem_of, problem_response
from core.deadlines import answer_within
from core.request_ids import HEADER, take_request_id
from relational.connections import bounded_waits

STORE_WAIT_S = 5.0
ADMIN = "/admin/"
# Events may come in chunks of unknown length: a line that is whole cannot be the beginning of another.
APPENDING = re.compile(r"/api/v1/streams/[^/]+/events")
# What Server-Timing calls the stores.
STORE_NAMES: Mapping[str, str] = {"default": "postgresql", "documents": "mongodb", "timeseries": "cassandra"}
Handler = Callable[[HttpRequest], HttpResponse]


def guard_requests(get_response: Handler) -> Handler:
    """Give each request its id, measure it; refuse wrong host names, addresses that are no text, unknown lengths."""
    deadline_s: float = settings.REQUEST_DEADLINE_S  # type: ignore[misc]  # mypy does not see split settings

    def guard(request: HttpRequest) -> HttpResponse:
        request_id = take_request_id(request.META)
        exchange = Exchange(request, request_id)
        problem = _wrong_host(request) or _wrong_address(request) or _unknown_length(request)
        with bounded_waits(STORE_WAIT_S), bound_contextvars(request_id=request_id), exchange.timed() as timings:
            with answer_within(deadline_s):
                response = get_response(request) if problem is None else problem_response(request, problem)
            exchange.watch(response)
        headers = response.headers
        headers[HEADER] = request_id
        headers["X-Frame-Options"] = settings.X_FRAME_OPTIONS
        if timings.pieces:
            headers["Server-Timing"] = _server_timing(timings.seconds_by_store())
        if not response.streaming and "Content-Length" not in headers:
            headers["Content-Length"] = str(len(response.content))
        if is_draining():
            headers["Connection"] = "close"
        return response

    return guard


class AllowedOrigins(CorsMiddleware):
    """Answers browsers' preflights, and tells browsers which pages may read an answer; nothing without such origins."""

    def __init__(self, get_response: Handler) -> None:
        if not settings.CORS_ALLOWED_ORIGINS:  # type: ignore[misc]  # mypy does not see split settings
            raise MiddlewareNotUsed
        super().__init__(get_response)


class AdminPages:
    """Runs the middleware of settings.ADMIN_MIDDLEWARE (sessions, CSRF, …) around the admin's pages only."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._layers: list[Any] = []
        chain: Any = get_response
        for name in reversed(settings.ADMIN_MIDDLEWARE):  # type: ignore[misc]  # mypy does not see split settings
            chain = import_string(name)(chain)
            self._layers.insert(0, chain)
        self._chain = chain

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request, through the layers when it is for the admin."""
        chain: Handler = self._chain if request.path.startswith(ADMIN) else self._get_response
        return chain(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """Ask the layers before the admin's view is called, as Django asks its middleware."""
        if not request.path.startswith(ADMIN):
            return None
        asked = (layer.process_view(request, *view) for layer in self._layers if hasattr(layer, "process_view"))
        return next((answer for answer in asked if answer is not None), None)


def _server_timing(seconds: Mapping[str, float]) -> str:
    return ", ".join(f"{STORE_NAMES.get(store, store)};dur={taken * 1000:.2f}" for store, taken in seconds.items())


def _wrong_host(request: HttpRequest) -> Problem | None:
    try:
        request.get_host()
    except DisallowedHost as error:
        return problem_of(error)
    return None


def _wrong_address(request: HttpRequest) -> Problem | None:
    # Wrong UTF-8 in a path stays percent-encoded text, which no route or store knows; in a query Django would mend it.
    asked = str(request.META.get("QUERY_STRING", ""))
    if "\0" in request.path:
        return Problem("invalid_input", "the address has a NUL character")
    if not asked or ("%" not in asked and asked.isascii() and "\0" not in asked):
        return None
    wrong = _wrong_with(asked)
    if wrong is None:
        return None
    pairs = [pair.partition("=") for pair in asked.split("&")]
    named = [unquote_plus(name)[:40] for name, _, value in pairs if _wrong_with(value) and not _wrong_with(name)]
    return Problem("invalid_input", f"the query {wrong}", errors=tuple((name, f"it {wrong}") for name in named))


def _wrong_with(quoted: str) -> str | None:
    """Return why a part of a query is no text, None when it is."""
    part = unquote_to_bytes(quoted.encode("latin-1", "replace"))
    if b"\0" in part:
        return "has a NUL character"
    try:
        part.decode()
    except UnicodeDecodeError:
        return "is not UTF-8"
    return None


def _unknown_length(request: HttpRequest) -> Problem | None:
    if "chunked" in str(request.META.get("HTTP_TRANSFER_ENCODING", "")).lower():
        if request.method == "POST" and APPENDING.fullmatch(request.path):
            return None
        return Problem("length_required", "send the body with Content-Length, not in chunks")
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not (length.isascii() and length.isdecimal()):
        return Problem("invalid_input", "Content-Length is no number of bytes")
    return None
