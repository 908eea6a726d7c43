"""Whether each store answers, asked of all at once and within one deadline. Called by `/readyz` and by commands."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from core.deadlines import Deadline
from core.errors import StoreError
from documents.health import check_health as check_mongodb
from relational.health import check_health as check_postgresql
from relational.health import check_server as check_postgresql_server
from relational.health import connections_in_use as postgresql_in_use
from relational.health import open_pool
from timeseries.health import check_health as check_cassandra
from timeseries.health import requests_in_flight as cassandra_in_flight

Check = Callable[[float], str]
CHECKS: Mapping[str, Check] = MappingProxyType(
    {"default": check_postgresql, "documents": check_mongodb, "timeseries": check_cassandra},
)
# Whether they answer, migrated or not.
SERVERS: Mapping[str, Check] = MappingProxyType({**CHECKS, "default": check_postgresql_server})


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """One store's answer: its version, or why there is none."""

    store: str
    is_ready: bool
    version: str
    reason: str
    took_ms: float


def readiness(deadline: Deadline, *, checks: Mapping[str, Check] = CHECKS) -> Sequence[StoreHealth]:
    """Ask every store at once; who has not answered by the deadline is not ready.

    A check that hangs (a frozen server) is left to its own timeout: its thread is not waited for.
    """
    pool = ThreadPoolExecutor(max_workers=len(checks), thread_name_prefix="readiness")
    running = {store: pool.submit(_ask, store, check, deadline.remaining_s()) for store, check in checks.items()}
    wait(running.values(), timeout=deadline.remaining_s())
    pool.shutdown(wait=False, cancel_futures=True)
    return [_answer(store, future, deadline) for store, future in running.items()]


def open_stores(deadline: Deadline) -> Sequence[StoreHealth]:
    """Connect this process to every store before it serves; a store that is down is left to `/readyz`.

    Called by a worker process after its fork.
    """
    with suppress(StoreError):
        open_pool()
    return readiness(deadline)


def connections_in_use() -> Mapping[str, int]:
    """Count what each store is held for by this process: PostgreSQL's connections, Cassandra's requests in flight."""
    return {"default": postgresql_in_use(), "timeseries": cassandra_in_flight()}


def _ask(store: str, check: Check, timeout_s: float) -> StoreHealth:
    started_s = time.monotonic()
    try:
        version, reason = check(timeout_s), ""
    except StoreError as error:
        version, reason = "", error.message
    return StoreHealth(store, not reason, version, reason, round((time.monotonic() - started_s) * 1000, 1))


def _answer(store: str, future: "Future[StoreHealth]", deadline: Deadline) -> StoreHealth:
    if future.done() and not future.cancelled():
        return future.result()
    return StoreHealth(store, False, "", f"no answer within {deadline.budget_s:g} s", deadline.budget_s * 1000)  # noqa: FBT003 - a plain record
