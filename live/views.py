"""The addresses of this process: events as they come, exports of them, and whether the process answers."""

from collections.abc import Awaitable
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from prometheus_client import CONTENT_TYPE_LATEST

from core.errors import InvalidInput, TriviumError
from core.observers import may_observe
from core.principals import Principal
from core.times import parse_time
from live.access_log import note_principal
from live.callers import Caller, check_scope, read_caller
from live.exports import answer_export
from live.limits import LIMITS
from live.messages import CONTENT_TYPE
from live.metrics import metrics_page
from live.problems import answer_error, refuse
from live.reading import AHEAD
from live.telling import all_of, tell_events
from timeseries.identity import time_of

FROM = "from"
HEADERS = {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}


async def show_alive(_request: HttpRequest) -> HttpResponse:
    """Answer as long as the process does."""
    return JsonResponse({"status": "alive"})


async def show_metrics(request: HttpRequest) -> HttpResponse:
    """Answer Prometheus' text format; to whoever may not read it there is no such address."""
    if not may_observe(request.META):
        return refuse(request, "not_found", "no such address")
    if request.method != "GET":
        return _only_get(request)
    page = metrics_page()
    return HttpResponse(page, content_type=CONTENT_TYPE_LATEST, headers={"Content-Length": str(len(page))})


async def stream_events(request: HttpRequest, stream: str) -> HttpResponseBase:
    """Answer the events of a stream as server-sent events; refusals are problems, before the stream begins."""
    if request.method != "GET":
        return _only_get(request)
    if request.headers.get("Accept") and not request.accepts(CONTENT_TYPE):
        remedy = "ask for it in Accept, or leave Accept out"
        return refuse(request, "not_acceptable", f"this address gives {CONTENT_TYPE}: {remedy}")
    return await _answered(request, _begin(request, stream))


async def stream_export(request: HttpRequest, stream: str = "") -> HttpResponseBase:
    """Answer an export, of one stream or of those that the query names; refusals are problems, before it begins."""
    if request.method != "GET":
        return _only_get(request)
    return await _answered(request, _begin_export(request, stream))


async def _answered(request: HttpRequest, begun: Awaitable[HttpResponseBase]) -> HttpResponseBase:
    try:
        return await begun
    except TriviumError as error:
        response = answer_error(request, error)
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response


def _only_get(request: HttpRequest) -> HttpResponse:
    response = refuse(request, "method_not_allowed", "there is GET only")
    response.headers["Allow"] = "GET"
    return response


async def _begin(request: HttpRequest, stream: str) -> HttpResponseBase:
    """Draw the first piece, so that what is wrong is known before the header is sent."""
    caller, principal = await _known(request)
    pieces = tell_events(caller, principal, stream, _start(request))
    first = await anext(pieces)
    return StreamingHttpResponse(all_of(first, pieces), content_type=CONTENT_TYPE, headers=HEADERS)


async def _begin_export(request: HttpRequest, stream: str) -> HttpResponseBase:
    _, principal = await _known(request)
    return await answer_export(request, principal, stream)


async def _known(request: HttpRequest) -> tuple[Caller, Principal]:
    """Return who asks, who may read events."""
    caller = read_caller(request.headers.get("Authorization", ""))
    principal = await caller.principal()
    note_principal(request, principal)
    check_scope(principal)
    return caller, principal


def _start(request: HttpRequest) -> datetime | None:
    """Return from when on the caller wants events: after the last one it has, less the look-back, or else `from`.

    That one may have been ahead of its time, and what was stored after it not. It comes before `from`, for who connects
    again does so at the same address.

    Raises: InvalidInput.
    """
    for name, texts in request.GET.lists():
        if name != FROM or len(texts) > 1:
            raise InvalidInput(f"this address knows the parameter {FROM}, once", path=name[:40])
    start = parse_time(request.GET[FROM].replace(" ", "+"), path=FROM) if FROM in request.GET else None
    last = request.headers.get("Last-Event-ID", "")
    return _time_of(last) - LIMITS.look_back - AHEAD if last else start


def _time_of(last: str) -> datetime:
    try:
        event = UUID(last)
    except ValueError:
        event = UUID(int=0)
    if event.version != 1:
        raise InvalidInput("Last-Event-ID is no id of an event", path="Last-Event-ID")
    return time_of(event)
