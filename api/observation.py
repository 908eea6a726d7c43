"""`/metrics`, for Prometheus: by a token, or without one from this machine itself."""

from hmac import compare_digest

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from prometheus_client import CONTENT_TYPE_LATEST
from rest_framework.request import Request

from api.metrics import metrics_page
from api.views import PublicView
from core.errors import NotFound

LOOPBACK = ("127.0.0.1", "::1")
# What a proxy on this machine adds: its caller is not here.
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


class MetricsView(PublicView):
    """The metrics."""

    policy = None
    has_entity_tags = False

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Answer Prometheus' text format; to whoever may not read it there is no such address."""
        if not _may_read(request):
            raise NotFound("no such address: the routes are listed at /api/v1/docs")
        return HttpResponse(metrics_page(request._request), content_type=CONTENT_TYPE_LATEST)  # noqa: SLF001 - DRF's way to Django's own


def _may_read(request: Request) -> bool:
    token: str = settings.METRICS_TOKEN  # type: ignore[misc]  # mypy does not see split settings
    if token:
        offered = str(request.META.get("HTTP_AUTHORIZATION", ""))
        return compare_digest(offered.encode(), f"Bearer {token}".encode())
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not any(name in request.META for name in FORWARDED)
