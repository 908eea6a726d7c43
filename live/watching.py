"""Whether who listens still may, asked again and again beside what they are told: nothing they do holds it up."""

import asyncio
import logging

from core.errors import StoreError, TriviumError
from core.times import now
from live.callers import Caller
from live.limits import LIMITS
from live.listeners import Listener
from live.messages import STORE_AWAY, TOKEN_ENDED, TOO_SLOW, UNEXPECTED, end_of
from live.reading import check_readable

logger = logging.getLogger(__name__)
# So many heartbeats PostgreSQL may be away before a key, which has no end of its own, is not believed any more; and
# so many a piece may wait for its reader.
BEATS = 4


async def watch(caller: Caller, stream: str, listener: Listener) -> None:
    """End the listener when its token ends, and as soon as it is known that it may not go on."""
    left_s = None if caller.ends is None else (caller.ends - now()).total_seconds()
    try:
        async with asyncio.timeout(left_s):
            await _check_again_and_again(caller, stream, listener)
    except TimeoutError:
        listener.finish(TOKEN_ENDED)
    except Exception:
        # Whom nobody watches must not listen.
        logger.exception("the watch over a listener failed")
        listener.finish(UNEXPECTED)


async def _check_again_and_again(caller: Caller, stream: str, listener: Listener) -> None:
    clock = asyncio.get_running_loop().time
    sure_s = clock()
    while listener.end is None:
        await asyncio.sleep(LIMITS.heartbeat_s)
        if listener.waits_s() > BEATS * LIMITS.heartbeat_s:
            listener.finish(TOO_SLOW)
        try:
            principal = await caller.principal()
            sure_s = clock()
            await check_readable(principal, stream)
        except StoreError:
            if caller.ends is None and clock() - sure_s > BEATS * LIMITS.heartbeat_s:
                listener.finish(STORE_AWAY)
        except TriviumError as error:
            listener.finish(end_of(error))
