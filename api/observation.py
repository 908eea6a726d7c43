"""`/metrics`, for Prometheus."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from prometheus_client import CONTENT_TYPE_LATEST
from rest_framework.request import Request

from api.metrics import metrics_page
from api.views import PublicView
from core.errors import NotFound
from core.observers import may_observe


class MetricsView(PublicView):
    """The metrics."""

    policy = None
    has_entity_tags = False

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Answer Prometheus' text format; to whoever may not read it there is no such address."""
        if not may_observe(request.META):
            raise NotFound("no such address: the routes are listed at /api/v1/docs")
        return HttpResponse(metrics_page(request._request), content_type=CONTENT_TYPE_LATEST)  # noqa: SLF001 - DRF's way to Django's own
