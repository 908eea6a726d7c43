"""The addresses of this process: the events of a stream as they come, and whether the process answers."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from core.errors import InvalidInput, PermissionRefused, TriviumError
from core.principals import Scope
from core.times import parse_time
from core.tokens import AccessToken, read_access_token
from live.access_log import note_principal
from live.limits import LIMITS
from live.messages import CONTENT_TYPE
from live.problems import answer_error, refuse
from live.telling import tell_events
from timeseries.identity import time_of

SCHEME = "bearer"
FROM = "from"
HEADERS = {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}


async def show_alive(_request: HttpRequest) -> HttpResponse:
    """Answer as long as the process does."""
    return JsonResponse({"status": "alive"})


async def stream_events(request: HttpRequest, stream: str) -> HttpResponseBase:
    """Answer the events of a stream as server-sent events; refusals are problems, before the stream begins."""
    if request.method != "GET":
        response = refuse(request, "method_not_allowed", "there is GET only")
        response.headers["Allow"] = "GET"
        return response
    token = _token(request)
    if token is None:
        response = refuse(request, "authentication_failed", "send an access token: Authorization: Bearer ACCESS_TOKEN")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    note_principal(request, token.principal)
    try:
        return await _begin(token, stream, _start(request))
    except TriviumError as error:
        return answer_error(request, error)


async def _begin(token: AccessToken, stream: str, start: datetime | None) -> HttpResponseBase:
    """Draw the first piece, so that what is wrong is known before the header is sent."""
    if Scope.EVENTS_READ not in token.principal.scopes:
        raise PermissionRefused(f"this needs the scope {Scope.EVENTS_READ}")
    pieces = tell_events(token, stream, start)
    first = await anext(pieces)
    return StreamingHttpResponse(_all_of(first, pieces), content_type=CONTENT_TYPE, headers=HEADERS)


async def _all_of(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async with aclosing(rest):  # type: ignore[type-var]  # it is a generator
        yield first
        async for piece in rest:
            yield piece


def _token(request: HttpRequest) -> AccessToken | None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return read_access_token(text.strip()) if scheme.lower() == SCHEME else None


def _start(request: HttpRequest) -> datetime | None:
    """Return from when on the caller wants events: after the last one it has, less the look-back, or `from`.

    Raises: InvalidInput.
    """
    for name, texts in request.GET.lists():
        if name != FROM or len(texts) > 1:
            raise InvalidInput(f"this address knows the parameter {FROM}, once", path=name[:40])
    start = parse_time(request.GET[FROM].replace(" ", "+"), path=FROM) if FROM in request.GET else None
    last = request.headers.get("Last-Event-ID", "")
    return _time_of(last) - LIMITS.look_back if last else start


def _time_of(last: str) -> datetime:
    try:
        event = UUID(last)
    except ValueError:
        event = UUID(int=0)
    if event.version != 1:
        raise InvalidInput("Last-Event-ID is no id of an event", path="Last-Event-ID")
    return time_of(event)
