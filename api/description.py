"""The API's own description: OpenAPI as JSON, and a page that shows it; both public, all files local."""

from functools import cache

from django.http import HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from api.errors import HTTP_ERRORS
from api.negotiation import HTML
from api.rendering import encode_json
from api.views import PublicView


@cache
def openapi_json() -> bytes:
    """Return the OpenAPI description, made once per process."""
    return encode_json(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]  # drf-spectacular leaves it untyped


class SchemaView(PublicView):
    """OpenAPI."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002 - DRF's signature
        """Answer the OpenAPI description."""
        return HttpResponse(openapi_json(), content_type="application/json")


class DocsView(PublicView):
    """The page."""

    media_types = (HTML,)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Answer the page that shows the OpenAPI description."""
        page = {"errors": dict(HTTP_ERRORS)}
        return render(request._request, "api/docs.html", page)  # noqa: SLF001 - Django's template wants Django's request
