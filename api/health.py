"""Probes for whoever runs Trivium: does the process answer."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.views import PublicView


class LiveSerializer(serializers.Serializer[Any]):
    """The process answers."""

    status = serializers.ChoiceField(["alive"])


class LiveView(PublicView):
    """Liveness."""

    @extend_schema(responses=LiveSerializer, tags=["health"], operation_id="livez")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Tell that the process answers; no store is asked."""
        return Response({"status": "alive"})
