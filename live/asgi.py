"""The ASGI application of the live process, served by granian (docs/live.md).

At SIGTERM granian waits for its connections, and these stay open: so they are told first to end, then granian is. It
takes SIGINT for the same, which lets us have SIGTERM.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from django.core.asgi import get_asgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "settings.live"
_django = get_asgi_application()

from live.exports import CutOff  # noqa: E402 - Django must be set up before a room is imported
from live.messages import SHUTTING_DOWN  # noqa: E402 - likewise
from live.tails import TAILS  # noqa: E402 - likewise

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def application(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """Answer one request, or go through the process's life."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        # Called directly it would keep a thread for each open connection.
        with suppress(CutOff):  # without its last chunk, which shows that it is not whole
            await _django.handle(scope, _without_body(receive), send)  # type: ignore[arg-type]  # Django's own types are narrower


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, _end)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


def _end() -> None:
    TAILS.finish(SHUTTING_DOWN)
    os.kill(os.getpid(), signal.SIGINT)


def _without_body(receive: Receive) -> Receive:
    """Hide a request's body, which nothing here reads and Django would keep on disk."""
    is_told = False

    async def receive_nothing() -> Message:
        nonlocal is_told
        if not is_told:
            is_told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while (message := await receive())["type"] == "http.request":
            pass
        return message

    return receive_nothing
