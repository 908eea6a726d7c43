"""The gate of every request here: its id, its line in the log, refusal of foreign host names. Async throughout."""

from collections.abc import Awaitable, Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware

from core.request_ids import HEADER, take_request_id
from live.access_log import Exchange
from live.problems import answer_error

Handler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@async_only_middleware
def guard_requests(get_response: Handler) -> Handler:
    """Give each request its id, and refuse wrong host names."""

    async def guard(request: HttpRequest) -> HttpResponseBase:
        request_id = take_request_id(request.META)
        exchange = Exchange(request, request_id)
        response: HttpResponseBase
        try:
            request.get_host()
            response = await get_response(request)
        except DisallowedHost as error:
            response = answer_error(request, error)
        response.headers[HEADER] = request_id
        exchange.watch(response)
        return response

    return guard
