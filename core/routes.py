"""How log lines and metrics name a request: the template of its address, HTTP's usual methods; both are bounded."""

import re
from functools import cache
from typing import Any

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
UNROUTED = "(none)"
VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")


def route_of(request: Any) -> str:
    """Return the template of the address, `{name}` for what varies; the address itself may hold anything."""
    match = request.resolver_match
    return _template_of(match.route) if match is not None else UNROUTED


def method_of(request: Any) -> str:
    """Return the method, `(other)` for what is not one of METHODS."""
    return str(request.method) if request.method in METHODS else "(other)"


@cache
def _template_of(route: str) -> str:
    return "/" + VARIABLE.sub(r"{\1}", route)
