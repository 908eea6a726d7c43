"""The gate of every request, the outermost middleware: its id, bounds and log line, refusal of what no view reads."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars

from api.access_log import Exchange
from api.draining import is_draining
from api.problems import Problem, problem_response
from api.request_ids import HEADER, take_request_id
from relational.connections import bounded_waits

STORE_WAIT_S = 5.0
Handler = Callable[[HttpRequest], HttpResponse]


def guard_requests(get_response: Handler) -> Handler:
    """Give each request its id, measure it, and refuse addresses that are no text and bodies of unknown length."""

    def guard(request: HttpRequest) -> HttpResponse:
        request_id = take_request_id(request.META)
        exchange = Exchange(request, request_id)
        problem = _wrong_address(request) or _unknown_length(request)
        with bounded_waits(STORE_WAIT_S), bound_contextvars(request_id=request_id), exchange.timed():
            response = get_response(request) if problem is None else problem_response(request, problem)
            exchange.watch(response)
        response[HEADER] = request_id
        if is_draining():
            response["Connection"] = "close"
        return response

    return guard


def _wrong_address(request: HttpRequest) -> Problem | None:
    # Wrong UTF-8 in a path stays percent-encoded text, which no route or store knows; in a query Django would mend it.
    query = unquote_to_bytes(str(request.META.get("QUERY_STRING", "")).encode("latin-1", "replace"))
    if "\0" in request.path or b"\0" in query:
        return Problem("invalid_input", "the address has a NUL character")
    try:
        query.decode()
    except UnicodeDecodeError:
        return Problem("invalid_input", "the query is not UTF-8")
    return None


def _unknown_length(request: HttpRequest) -> Problem | None:
    if "chunked" in str(request.META.get("HTTP_TRANSFER_ENCODING", "")).lower():
        return Problem("length_required", "send the body with Content-Length, not in chunks")
    return None
