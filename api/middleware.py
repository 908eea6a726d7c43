"""The gate of every request, the outermost middleware: its id, and refusal of what no view could read rightly."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse

from api.problems import Problem, problem_response
from api.request_ids import HEADER, take_request_id

Handler = Callable[[HttpRequest], HttpResponse]


def guard_requests(get_response: Handler) -> Handler:
    """Give each request its id, and refuse addresses that are not UTF-8 and bodies of unknown length."""

    def guard(request: HttpRequest) -> HttpResponse:
        request_id = take_request_id(request.META)
        problem = _wrong_address(request) or _unknown_length(request)
        response = get_response(request) if problem is None else problem_response(request, problem)
        response[HEADER] = request_id
        return response

    return guard


def _wrong_address(request: HttpRequest) -> Problem | None:
    # WSGI hands bytes over as latin-1 text (PEP 3333); Django would mend wrong UTF-8 silently.
    path = str(request.META.get("PATH_INFO", "")).encode("latin-1", "replace")
    query = unquote_to_bytes(str(request.META.get("QUERY_STRING", "")).encode("latin-1", "replace"))
    for name, text in (("path", path), ("query", query)):
        if b"\0" in text:
            return Problem("invalid_input", f"the {name} has a NUL character")
        try:
            text.decode()
        except UnicodeDecodeError:
            return Problem("invalid_input", f"the {name} is not UTF-8")
    return None


def _unknown_length(request: HttpRequest) -> Problem | None:
    if "chunked" in str(request.META.get("HTTP_TRANSFER_ENCODING", "")).lower():
        return Problem("length_required", "send the body with Content-Length, not in chunks")
    return None
