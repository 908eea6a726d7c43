"""Which representation an answer has: what Accept asks for (RFC 9110, 12.5.1) against what an address gives."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from django.http.request import MediaType
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api.rendering import FastJSONRenderer, LinesRenderer

JSON = FastJSONRenderer.media_type
NDJSON = LinesRenderer.media_type
HTML = "text/html"
JSON_RENDERER = FastJSONRenderer()
RENDERERS: Mapping[str, BaseRenderer] = MappingProxyType({JSON: JSON_RENDERER, NDJSON: LinesRenderer()})
WILD = "*"


def choose_media_type(accept: str, offered: tuple[str, ...]) -> str:
    """Return the offered media type that is asked for most; the first of equals, and of no Accept at all.

    Raises: NotAcceptable that lists what there is.
    """
    if not accept or accept in ("*/*", offered[0]):
        return offered[0]
    chosen = _most_wanted(accept, offered)
    if chosen is None:
        raise NotAcceptable(f"this address gives {' and '.join(offered)}: ask for it in Accept, or leave Accept out")
    return chosen


@lru_cache(maxsize=256)
def _most_wanted(accept: str, offered: tuple[str, ...]) -> str | None:
    ranges = [MediaType(text) for text in accept.split(",")]
    quality, chosen = max(
        ((_quality(media_type, ranges), media_type) for media_type in offered), key=lambda pair: pair[0]
    )
    return chosen if quality > 0 else None


def _quality(media_type: str, ranges: Iterable[MediaType]) -> float:
    """Return the weight of the most specific range that covers a type; parameters but the weight are not asked."""
    main_type, _, sub_type = media_type.partition("/")
    weights = {
        (accepted.main_type.strip() != WILD, accepted.sub_type != WILD): accepted.quality
        for accepted in ranges
        if (accepted.main_type.lower(), accepted.sub_type.lower())
        in ((main_type, sub_type), (main_type, WILD), (WILD, WILD))
    }
    return weights[max(weights)] if weights else 0.0


class Negotiation(BaseContentNegotiation):
    """DRF's side of it; `ApiView` chooses the representation itself."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Choose the parser of the body's media type; None makes DRF answer 415."""
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002 - DRF's signature
        renderers: Iterable[BaseRenderer],  # noqa: ARG002 - DRF's signature
        format_suffix: str | None = None,  # noqa: ARG002 - DRF's signature
    ) -> tuple[BaseRenderer, str]:
        """Choose JSON, for views that are not of ours."""
        return JSON_RENDERER, JSON
