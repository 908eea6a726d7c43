"""Entity tags of single things: what was read already and has not changed is not sent again. Called by `api.views`.

Django's `get_conditional_response` would leave our headers out of the 304 (RateLimit, Deprecation), and answer a read's
If-Match with a 412 that is no problem document.
"""

from hashlib import blake2b

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

WEAK = "W/"


def answer_unchanged(rendered: HttpResponse, asked_tags: str) -> HttpResponse:
    """Tag a rendered answer, with a digest of its body unless it bears a tag; 304 when the caller has it already.

    `asked_tags` is the text of If-None-Match. Tags are compared weakly.

    Source: RFC 9110, 8.8.3 and 13.1.2.
    """
    headers = rendered.headers
    tag = headers.get("ETag")
    if tag is None:
        tag = f'"{blake2b(rendered.content, digest_size=12).hexdigest()}"'
        headers["ETag"] = tag
    if not asked_tags or not _is_among(tag, asked_tags):
        return rendered
    kept = {name: value for name, value in headers.items() if name not in ("Content-Type", "Content-Length")}
    return HttpResponseNotModified(headers=kept)


def _is_among(tag: str, asked_tags: str) -> bool:
    asked = parse_etags(asked_tags)
    return "*" in asked or tag.removeprefix(WEAK) in (other.removeprefix(WEAK) for other in asked)
