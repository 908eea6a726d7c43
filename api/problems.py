"""Errors as answers: RFC 9457 problem+json, from our tree, from DRF and from Django's own handlers.

`answer_exception` is DRF's exception handler; the last four functions are Django's handlers, named in `api.urls`.
"""

import logging
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.core.exceptions import DisallowedHost, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.views import defaults
from rest_framework import exceptions, status
from rest_framework.response import Response

from api.errors import HTTP_ERRORS
from core.errors import OutcomeUnknown, StoreError, StoreTimeout, StoreUnavailable, TriviumError
from core.request_ids import request_id_of

PROBLEM_JSON = "application/problem+json"
TYPE_PREFIX = "/api/v1/docs#"
logger = logging.getLogger(__name__)

# A store's own words may name hosts and tables: they go to the log, not to the caller.
STORE_DETAILS: Mapping[type[StoreError], str] = {
    StoreUnavailable: "the store cannot be reached; nothing was done, try again",
    StoreTimeout: "the store did not answer in time; ask for less, or try again",
    OutcomeUnknown: "the write may be done or not; send it again with the same id",
    StoreError: "the store failed",
}
DRF_CODES: Mapping[type[Exception], str] = {
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.AuthenticationFailed: "authentication_failed",
    exceptions.PermissionDenied: "permission_refused",
    PermissionDenied: "permission_refused",
    exceptions.NotFound: "not_found",
    Http404: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.Throttled: "throttled",
    exceptions.ParseError: "invalid_input",
    exceptions.ValidationError: "invalid_input",
    RequestDataTooBig: "too_large",
    SuspiciousOperation: "invalid_input",
}
UNKNOWN_HOST = "this server does not answer to that host name; its operator names those in TRIVIUM_ALLOWED_HOSTS"


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as the caller sees it; `errors` are (path, message) of single fields."""

    code: str
    detail: str
    errors: tuple[tuple[str, str], ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return HTTP_ERRORS[self.code].status

    @property
    def headers(self) -> dict[str, str]:
        """Retry-After where trying again is right."""
        retry_after_s = HTTP_ERRORS[self.code].retry_after_s
        return {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}

    def body(self, request: HttpRequest) -> dict[str, Any]:
        """Return the members of RFC 9457 and ours: code, request_id, errors."""
        return {
            "type": TYPE_PREFIX + self.code,
            "title": HTTP_ERRORS[self.code].title,
            "status": self.status,
            "detail": self.detail,
            "instance": request.path,
            "code": self.code,
            "request_id": request_id_of(request),
            **self.extra,
            "errors": [{"path": path, "message": message} for path, message in self.errors],
        }


def answer_exception(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Answer what a view raised; None for what nobody expected, which Django then answers by `server_error`."""
    problem = problem_of(error)
    if problem is None:
        return None
    if problem.status >= status.HTTP_500_INTERNAL_SERVER_ERROR:
        logger.error("%s in request %s: %s", problem.code, request_id_of(context["request"]), error, exc_info=error)
    headers = problem.headers
    wait_s = getattr(error, "wait", None)
    if wait_s:
        headers["Retry-After"] = str(math.ceil(wait_s))
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(getattr(error, "auth_header", ""))
    body = problem.body(context["request"])
    return Response(body, status=problem.status, headers=headers, content_type=PROBLEM_JSON)


def problem_of(error: Exception) -> Problem | None:
    """Describe an exception of our tree, of DRF's or of Django's; None for any other."""
    if isinstance(error, StoreError):
        return Problem(error.code, _store_detail(error), extra={"store": error.store})
    if isinstance(error, TriviumError):
        return Problem(error.code, error.message, errors=error.errors)
    code = next((DRF_CODES[kind] for kind in type(error).__mro__ if kind in DRF_CODES), None)
    if code is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        fields = tuple(_flatten(error.detail))
        detail = "; ".join(f"{path}: {text}" if path else text for path, text in fields)
        return Problem(code, detail, errors=tuple((path, text) for path, text in fields if path))
    return Problem(code, _detail(error))


def problem_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Answer a problem outside of any DRF view."""
    body = orjson.dumps(problem.body(request))
    headers = {**problem.headers, "Content-Length": str(len(body))}
    return HttpResponse(body, status=problem.status, headers=headers, content_type=PROBLEM_JSON)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django itself refuses: a wrong host name, too many parameters, too large a body."""
    problem = problem_of(exception) or Problem("invalid_input", "the request is wrong")
    return problem_response(request, problem)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django itself forbids; the admin keeps its page."""
    if _is_page(request):
        return defaults.permission_denied(request, exception)
    return problem_response(request, Problem("permission_refused", "you may not do this"))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address without a route; the admin keeps its page."""
    if _is_page(request):
        return defaults.page_not_found(request, exception)
    return problem_response(request, Problem("not_found", "no such address: the routes are listed at /api/v1/docs"))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what nobody expected; Django calls this while it handles the exception, which goes to the log."""
    logger.error("internal_error in request %s", request_id_of(request), exc_info=True)  # noqa: LOG014 - see above
    return problem_response(request, Problem("internal_error", "report the request id: the log has the rest"))


def _store_detail(error: StoreError) -> str:
    return f"{error.store}: {STORE_DETAILS[next(kind for kind in type(error).__mro__ if kind in STORE_DETAILS)]}"


def _detail(error: Exception) -> str:
    if isinstance(error, exceptions.APIException):
        return str(error.detail)
    if isinstance(error, DisallowedHost):
        return UNKNOWN_HOST
    return str(error) if isinstance(error, SuspiciousOperation) else "no such thing, or not yours"


def _flatten(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk DRF's nested details: dicts by field, lists by place or of messages."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            below = path if name == "non_field_errors" else _below(path, name)
            yield from _flatten(inner, below)
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            yield from _flatten(inner, path if isinstance(inner, str) else f"{path}[{place}]")
    else:
        yield path, str(detail)


def _below(path: str, name: Any) -> str:
    # DRF names the items of a list by their place.
    return f"{path}[{name}]" if isinstance(name, int) else f"{path}.{name}".lstrip(".")


def _is_page(request: HttpRequest) -> bool:
    return request.path.startswith("/admin/")
