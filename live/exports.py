"""Exports as answers: streams of events in any format, a bounded number at once, each on a thread while it is read.

The room may not import that of exports: settings.EXPORTS names what makes such a stream. An answer that fails on its
way ends without its last chunk, so that every client sees that it was cut off.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse

from core.errors import InvalidInput, Overloaded, TriviumError
from core.principals import Principal
from live.refusals import Throttled

logger = logging.getLogger(__name__)
Value = TypeVar("Value")
MAX_STREAMS: int = settings.EXPORT_STREAMS  # type: ignore[misc]  # mypy does not see split settings
MAX_STREAMS_PER_CALLER: int = settings.EXPORT_STREAMS_PER_CALLER  # type: ignore[misc]  # likewise
STALLED_S: float = settings.EXPORT_STALLED_S  # type: ignore[misc]  # likewise
HEADERS = {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}
CONDITIONS = ("kind", "level", "actor", "client_id", "payload")
_threads = ThreadPoolExecutor(MAX_STREAMS, thread_name_prefix="live-export")
_open: Counter[UUID] = Counter()


class CutOff(Exception):
    """An answer that has begun cannot be ended: the connection is closed. Stays within this room."""


async def answer_export(request: HttpRequest, principal: Principal, stream: str) -> StreamingHttpResponse:
    """Begin an export of what the query asks for; its first page is drawn before the header is sent.

    Raises: Throttled, Overloaded, and what the export refuses.
    """
    asked = _asked(request, stream)
    if _open[principal.user_id] >= MAX_STREAMS_PER_CALLER:
        raise Throttled(
            f"{MAX_STREAMS_PER_CALLER} exports of yours are being sent: wait until one ends, or ask for a job"
        )
    if _open.total() >= MAX_STREAMS:
        raise Overloaded(f"{MAX_STREAMS} exports are being sent: try again later, or ask for a job")
    _open[principal.user_id] += 1
    try:
        source = await _on_thread(lambda: _make_stream(principal, asked))
    except BaseException:
        _open[principal.user_id] -= 1
        raise
    return StreamingHttpResponse(_pieces(_Place(source, principal.user_id)), headers={**HEADERS, **source.headers})


def _make_stream(principal: Principal, asked: dict[str, Any]) -> Any:
    name: str = settings.EXPORTS  # type: ignore[misc]  # mypy does not see settings.live
    return import_module(name).ExportStream(principal, asked)


@dataclass(slots=True)
class _Place:
    """One of the places that there are for exports: held until the answer ends, or its reader has stalled."""

    source: Any
    caller: UUID
    is_held: bool = True

    def leave(self) -> None:
        """Give the place back, and let nothing more be read."""
        if self.is_held:
            self.is_held = False
            _open[self.caller] -= 1
            self.source.close()


async def _pieces(place: _Place) -> AsyncIterator[bytes]:
    """Give out the pieces, the next one read while the last is sent; a reader that takes none for long is cut off."""
    loop = asyncio.get_running_loop()
    reading = asyncio.ensure_future(_on_thread(place.source.read))
    try:
        while piece := await _drawn(reading):
            reading = asyncio.ensure_future(_on_thread(place.source.read))
            stalled = loop.call_later(STALLED_S, place.leave)
            yield piece
            stalled.cancel()
            if not place.is_held:
                raise CutOff
    finally:
        place.leave()
        with suppress(Exception):
            await reading


async def _drawn(reading: "asyncio.Future[bytes]") -> bytes:
    try:
        return await reading
    except TriviumError as error:
        logger.warning("an export is cut off: %s: %s", error.code, error.message)
        raise CutOff from error


async def _on_thread(work: Callable[[], Value]) -> Value:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


def _asked(request: HttpRequest, stream: str) -> dict[str, Any]:
    """Return what the query asks for, as an export has it. Raises: InvalidInput."""
    asked: dict[str, Any] = {"streams": [stream]} if stream else {}
    filters = []
    for name, texts in request.GET.lists():
        if len(texts) > 1 or not texts[0]:
            raise InvalidInput(f"{name[:40]}: give it once, with a value", path=name[:40])
        if name.partition(":")[0].partition(".")[0] in CONDITIONS:
            filters.append(f"{name}={texts[0]}")
        elif stream and name == "streams":
            raise InvalidInput("the address names the stream", path=name)
        else:
            asked[name] = texts[0].replace(" ", "+") if name in ("from", "to") else texts[0]
    return asked | ({"filters": filters} if filters else {})
