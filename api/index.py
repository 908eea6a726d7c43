"""The index of the API: where its resources are."""

from functools import cache
from typing import Any

from django.urls import get_resolver
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.views import PublicView

ROOT = "api/v1/"


class IndexSerializer(serializers.Serializer[Any]):
    """Addresses by name."""

    version = serializers.CharField()
    links = serializers.DictField(child=serializers.CharField(), help_text="The addresses that vary by nothing.")


class IndexView(PublicView):
    """The index."""

    @extend_schema(responses=IndexSerializer, tags=["index"], operation_id="read_index")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the addresses of the API."""
        return Response({"version": "1", "links": _links()})


@cache
def _links() -> dict[str, str]:
    resolvers: list[Any] = get_resolver().url_patterns
    paths = [str(each.pattern) for root in resolvers if str(root.pattern) == ROOT for each in root.url_patterns]
    return {path.replace("/", "_").replace("-", "_"): f"/{ROOT}{path}" for path in paths if path and "<" not in path}
