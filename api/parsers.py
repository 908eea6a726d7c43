"""DRF's parsers of JSON bodies, which read as strictly as `core.strict_json`, within a bound of bytes."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

from core.errors import TooLarge
from core.strict_json import parse_json


class StrictJSONParser(BaseParser):
    """DRF's parser over `parse_json`, within the bound of DATA_UPLOAD_MAX_MEMORY_SIZE bytes."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Read a request's body.

        Raises: TooLarge, UnsupportedMediaType for another charset than UTF-8, InvalidInput.
        """
        return parse_json(read_bytes(stream, media_type, parser_context, bound=settings.DATA_UPLOAD_MAX_MEMORY_SIZE))


def read_bytes(
    stream: IO[Any],
    media_type: str | None,
    parser_context: Mapping[str, Any] | None,
    *,
    bound: int,
    remedy: str = "",
) -> bytes:
    """Read a body of at most `bound` bytes; what DRF hands a parser comes as it is, `remedy` is told when it is larger.

    Raises: TooLarge, UnsupportedMediaType for another charset than UTF-8.
    """
    if "charset=" in (media_type or "").lower().replace("charset=utf-8", "").replace('charset="utf-8"', ""):
        raise UnsupportedMediaType(str(media_type), "JSON is UTF-8: leave the charset out")
    announced = int((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
    body: bytes = b"" if announced > bound else stream.read(bound + 1)
    if announced > bound or len(body) > bound:
        raise TooLarge(f"the body is over {bound} bytes{remedy}")
    return body


class MergePatchParser(StrictJSONParser):
    """The same for a merge patch (RFC 7396), which is JSON of another meaning."""

    media_type = "application/merge-patch+json"
