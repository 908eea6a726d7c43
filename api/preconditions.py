"""Conditional writes (RFC 9110, 13): what If-Match and If-None-Match demand. Pure; called by views of things with tags.

A view hands `read_precondition(…)` to its service, which holds it against the very state that it replaces, and gives
`entity_tag(…)` with what it answers; reads are answered with 304 in `api.entity_tags`.
"""

from collections.abc import Container, Mapping
from typing import Any

from django.utils.http import parse_etags, quote_etag
from drf_spectacular.utils import OpenApiParameter

from core.errors import InvalidInput
from core.preconditions import ANYTHING, Precondition

MATCH, NONE_MATCH = BY_TAG = "If-Match", "If-None-Match"
WEAK = "W/"
# What puts a write under a condition, as WSGI names it.
CONDITIONS = {
    "HTTP_IF_MATCH": MATCH,
    "HTTP_IF_NONE_MATCH": NONE_MATCH,
    "HTTP_IF_UNMODIFIED_SINCE": "If-Unmodified-Since",
}
IF_MATCH = OpenApiParameter(
    MATCH,
    str,
    OpenApiParameter.HEADER,
    description="Entity tags in quotes, or *: write only over one of these states; 412 else.",
)
IF_NONE_MATCH = OpenApiParameter(
    NONE_MATCH,
    str,
    OpenApiParameter.HEADER,
    description="Entity tags in quotes, or *: of these states nothing is sent (304), and none is written over (412).",
)


def read_precondition(headers: Mapping[str, str]) -> Precondition:
    """Return what the headers demand of the thing that is to be written.

    Raises: InvalidInput, with the header as path, for one that holds no entity tag.
    """
    wanted, unwanted = _tags(headers, MATCH), _tags(headers, NONE_MATCH)
    return Precondition(
        # A weak tag never equals another where a state is to be replaced (RFC 9110, 8.8.3.2).
        one_of=None if wanted is None else frozenset(_bare(tag) for tag in wanted if not tag.startswith(WEAK)),
        none_of=None if unwanted is None else frozenset(map(_bare, unwanted)),
    )


def refuse_conditions(meta: Mapping[str, Any], *, known: Container[str]) -> None:
    """Refuse a write under a condition that would not be looked at. Raises: InvalidInput, with the header as path."""
    for variable, name in CONDITIONS.items():
        if variable in meta and name not in known:
            raise InvalidInput(
                f"{name} is not looked at here: send the request without it, it has no condition", path=name
            )


def entity_tag(tag: str) -> dict[str, str]:
    """Return the header that names the state of what is answered."""
    return {"ETag": quote_etag(tag)}


def _tags(headers: Mapping[str, str], name: str) -> list[str] | None:
    given = headers.get(name)
    if given is None:
        return None
    tags = parse_etags(given)
    if not tags:
        raise InvalidInput(f'{name} takes entity tags in quotes, "…", or *', path=name)
    return tags


def _bare(tag: str) -> str:
    bare = tag.removeprefix(WEAK)
    return bare if bare in (ANYTHING, f'"{ANYTHING}"') else bare[1:-1]  # a tag that is an asterisk is no asterisk
