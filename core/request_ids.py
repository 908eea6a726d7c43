"""The request's id: taken from X-Request-ID when it is a modest one, else made; in every answer, error and log line."""

import re
from typing import Any

from core.ids import new_id

HEADER = "X-Request-ID"
META_KEY = "trivium.request_id"
ACCEPTED = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}", re.ASCII)


def take_request_id(meta: dict[str, Any]) -> str:
    """Put the caller's id, or a new one, where `request_id_of` finds it, and return it."""
    offered = str(meta.get("HTTP_X_REQUEST_ID", ""))
    meta[META_KEY] = offered if ACCEPTED.fullmatch(offered) else str(new_id())
    return str(meta[META_KEY])


def request_id_of(request: Any) -> str:
    """Return the id of a request, Django's or DRF's; empty for one that came by no middleware."""
    return str(request.META.get(META_KEY, ""))
