"""How much a caller may ask: a limit per principal or, without a log-in, per address, counted in Redis.

A request costs units (`cost` of its view); they come back evenly over the limit's window (the generic cell rate
algorithm). One script decides and counts at once, so no two processes let the same unit go twice. Of a large limit a
process counts a fiftieth beforehand (`api.purses`). When Redis is away everybody passes, and the log says so.
"""

import math
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.settings import api_settings

from api.purses import PURSES, Purse
from api.redis_scripts import RedisScript

PURSES_PER_LIMIT = 50

# KEYS: who. ARGV: units per window, the window in ms, the cost.
# Answers: whether it passes, the units left, ms until all are back, ms until this cost would pass.
COUNT = RedisScript(
    """
    local now = redis.call('TIME')
    now = now[1] * 1000 + now[2] / 1000
    local units, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
    local each = window / units
    local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
    local after = full + cost * each
    if after - now > window then
        return {0, math.floor((window - full + now) / each), math.ceil(full - now), math.ceil(after - now - window)}
    end
    redis.call('SET', KEYS[1], string.format('%.3f', after), 'PX', math.ceil(after - now))
    return {1, math.floor((window - after + now) / each), math.ceil(after - now), 0}
    """,
)


@dataclass(frozen=True, slots=True)
class Policy:
    """A kind of limit: its name in the answers, and where settings.RATE_LIMITS holds its size.

    Whoever has no log-in is counted by address under `anonymous`.
    """

    name: str
    anonymous: str


PER_CALLER = Policy("default", "anonymous")
LOG_IN = Policy("log-in", "log-in")


@dataclass(slots=True)
class Charge:
    """What a request cost its caller; without a limit it is empty."""

    name: str = ""
    units: int = 0
    window_s: int = 0
    cost: int = 0
    passes: bool = True
    left: int = 0
    full_ms: int = 0
    wait_ms: int = 0

    def refuse(self) -> None:
        """End a request that is over the limit.

        Raises: Throttled.
        """
        if not self.passes:
            detail = f"over {self.units} units in {self.window_s} s, of which this costs {self.cost}; ask again later"
            raise Throttled(math.ceil(self.wait_ms / 1000), detail)

    def tell(self, headers: Any) -> None:
        """Set the headers of draft-ietf-httpapi-ratelimit-headers-10, and what this request cost."""
        if self.name:
            headers["RateLimit-Policy"] = f'"{self.name}";q={self.units};w={self.window_s}'
            headers["RateLimit"] = f'"{self.name}";r={self.left};t={math.ceil(self.full_ms / 1000)}'
            headers["RateLimit-Cost"] = str(self.cost)


FREE = Charge()


def charge(policy: Policy, request: Request, cost: int) -> Charge:
    """Count a request against its caller's limit; whether it passes stands in the answer."""
    caller: Any = request.user
    name, who = (policy.anonymous, _address(request)) if caller is None else (policy.name, caller.principal.user_id.hex)
    limit = settings.RATE_LIMITS[name]  # type: ignore[misc]  # mypy does not see split settings
    if limit is None:
        return FREE
    units, window_s = limit
    cost = min(cost, units)
    key = f"trivium:limit:{name}:{who}"
    spent = PURSES.spend(key, cost)
    counted = _count(key, units, window_s, cost) if spent is None else [1, *spent, 0]
    if counted is None:
        return FREE
    passes, left, full_ms, wait_ms = counted
    return Charge(name, units, window_s, cost, bool(passes), left, full_ms, wait_ms)


def _count(key: str, units: int, window_s: int, cost: int) -> list[int] | None:
    """Count in Redis, a purse full when there is that much; the answer is COUNT's."""
    ahead = units // PURSES_PER_LIMIT
    if ahead <= cost:
        return COUNT.run(key, units, window_s * 1000, cost)
    counted = COUNT.run(key, units, window_s * 1000, ahead)
    if counted is None:
        return None
    passes, left, full_ms, _ = counted
    if not passes:
        return COUNT.run(key, units, window_s * 1000, cost)
    PURSES.fill(key, Purse(ahead - cost, left, full_ms, time.monotonic() + window_s / PURSES_PER_LIMIT))
    return [1, left + ahead - cost, full_ms, 0]


def _address(request: Request) -> str:
    """Return the caller's address: the connection's, or what the outermost of our own proxies wrote down."""
    proxies = int(api_settings.NUM_PROXIES or 0)
    forwarded = [each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if each.strip()]
    if proxies and forwarded:
        return str(forwarded[-min(proxies, len(forwarded))])[:64]
    return str(request.META.get("REMOTE_ADDR", ""))
