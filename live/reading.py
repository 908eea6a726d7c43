"""Reads of Cassandra, which block, on a few threads of their own: however many listen, no more run at once."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from core.deadlines import Deadline
from core.principals import Principal
from core.times import now
from timeseries import selectors
from timeseries.events import Event

Value = TypeVar("Value")
READERS = 8
PAGE_ROWS = 500
READ_DEADLINE_S = 10.0
# Clocks differ: an event of the near future is told now, one further ahead when its time comes near.
AHEAD = timedelta(seconds=5)
_threads = ThreadPoolExecutor(READERS, thread_name_prefix="live-reader")


async def check_readable(principal: Principal, stream: str) -> None:
    """Check that the principal reads the stream with all its columns.

    Raises: NotFound, PermissionRefused, StoreError.
    """
    await _on_thread(selectors.check_readable, principal, stream)
    await _on_thread(selectors.check_whole, principal, stream)


async def read_page(principal: Principal, stream: str, *, start: datetime, after: UUID | None) -> list[Event]:
    """Return the next events of a stream, oldest first, up to those of the near future; at most PAGE_ROWS.

    Raises: NotFound, PermissionRefused, StoreError.
    """
    return await _on_thread(
        selectors.events_by_stream,
        principal,
        stream,
        start=start,
        end=now() + AHEAD,
        limit=PAGE_ROWS,
        newest_first=False,
        after=after,
        deadline=Deadline(READ_DEADLINE_S),
    )


async def _on_thread(work: Callable[..., Value], *args: Any, **options: Any) -> Value:
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(work, *args, **options))
