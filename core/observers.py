"""Who may read a process's metrics: by a token, or without one from this machine itself."""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from django.conf import settings

LOOPBACK = ("127.0.0.1", "::1")
# What a proxy on this machine adds: its caller is not here.
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def may_observe(meta: Mapping[str, Any]) -> bool:
    """Tell whether who sent a request with this META reads the metrics."""
    token: str = settings.METRICS_TOKEN  # type: ignore[misc]  # mypy does not see split settings
    if token:
        offered = str(meta.get("HTTP_AUTHORIZATION", ""))
        return compare_digest(offered.encode(), f"Bearer {token}".encode())
    return meta.get("REMOTE_ADDR") in LOOPBACK and not any(name in meta for name in FORWARDED)
