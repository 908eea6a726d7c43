"""Idempotency-Key: a POST that is sent again under its key is answered with the answer that it had."""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.status import HTTP_201_CREATED

from api.rendering import encode_json
from api.serializers import StrictSerializer, check_length, read_body
from api.views import ApiView
from core.errors import InvalidInput
from relational import services
from relational.rows import Answer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
VISIBLE = re.compile(r"[!-~]{1,255}", re.ASCII)
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    type={"type": "string", "minLength": 1, "maxLength": 255},
    location=OpenApiParameter.HEADER,
    description="A text of yours for this request, so that sending it again does not do it again.",
)


def create_once(
    view: ApiView, reader: StrictSerializer, make: Callable[[dict[str, Any]], Any], address: str
) -> HttpResponse:
    """Answer 201 with the row made of the body, and its address (`{}` stands for its id), once per Idempotency-Key.

    `make` writes to PostgreSQL only.

    Raises: InvalidInput for a wrong key, ValidationError for a wrong body, and as `services.answer_once` and `make`.
    """
    check_length(view.request)
    key = _read_key(view.request)
    if key is None:
        return _respond(_answer(make(read_body(view.request, reader)), address))
    fingerprint = _fingerprint(view.request)
    body = read_body(view.request, reader)
    user_id = view.principal.user_id
    return _respond(services.answer_once(user_id, key, fingerprint, lambda: _answer(make(body), address)))


def _read_key(request: Request) -> str | None:
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not VISIBLE.fullmatch(key):
        raise InvalidInput(f"{HEADER} is 1 to 255 visible ASCII characters", path=HEADER)
    return key


def _fingerprint(request: Request) -> bytes:
    """Digest what is asked; read before DRF reads the body, which it then takes from Django."""
    body = request._request.body  # noqa: SLF001 - DRF has no other way to the bytes
    return sha256(b"\0".join([str(request.method).encode(), request.path.encode(), body])).digest()


def _answer(row: Any, address: str) -> Answer:
    return Answer(HTTP_201_CREATED, encode_json(row), address.format(row.id))


def _respond(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, content_type="application/json")
    response.headers["Location"] = answer.location
    if answer.is_replayed:
        response.headers[REPLAYED] = "true"
    return response
