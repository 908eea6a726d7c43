"""Probes for whoever runs Trivium: does the process answer, and does each store."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.draining import is_draining
from api.views import PublicView
from core.deadlines import Deadline
from operations.asking import ask_beside
from operations.health import readiness
from operations.outbox_lag import ask_for_lag
from relational.selectors import jobs_backlog


class LiveSerializer(serializers.Serializer[Any]):
    """The process answers."""

    status = serializers.ChoiceField(["alive"])


class StoreHealthSerializer(serializers.Serializer[Any]):
    """One store."""

    store = serializers.CharField()
    is_ready = serializers.BooleanField()
    version = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True, help_text="Why it is not ready.")
    took_ms = serializers.FloatField()


class OutboxLagSerializer(serializers.Serializer[Any]):
    """How far what is committed in PostgreSQL is ahead of the other stores."""

    pending = serializers.IntegerField()
    oldest_age_s = serializers.FloatField(help_text="0 when nothing is left to deliver.")
    dead = serializers.IntegerField(help_text="Messages that wait for an operator.")


class JobsBacklogSerializer(serializers.Serializer[Any]):
    """What workers have to do."""

    queued = serializers.IntegerField()
    running = serializers.IntegerField()
    oldest_age_s = serializers.FloatField(help_text="For how long the oldest queued one has been due; 0 when none is.")
    workers = serializers.IntegerField(help_text="How many give a sign of life.")


class ReadySerializer(serializers.Serializer[Any]):
    """Every store, the outbox's lag, and what workers have to do."""

    status = serializers.ChoiceField(["ready", "not ready", "ending"])
    stores = StoreHealthSerializer(many=True)
    outbox = OutboxLagSerializer(allow_null=True, help_text="It decides nothing; null when it was not told in time.")
    jobs = JobsBacklogSerializer(allow_null=True, help_text="As outbox.")


class LiveView(PublicView):
    """Liveness."""

    policy = None
    has_entity_tags = False

    @extend_schema(responses=LiveSerializer, tags=["health"], operation_id="livez")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Tell that the process answers; no store is asked."""
        return Response({"status": "alive"})


class ReadyView(PublicView):
    """Readiness."""

    policy = None
    has_entity_tags = False

    @extend_schema(responses={200: ReadySerializer, 503: ReadySerializer}, tags=["health"], operation_id="readyz")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Tell which stores answer, within a bounded time: 200 when all do, else 503 with which do not and why.

        A process that is about to end asks no store and answers 503, so that nobody is sent to it any more.
        """
        if is_draining():
            ending: dict[str, Any] = {"status": "ending", "stores": [], "outbox": None, "jobs": None}
            return Response(ending, status=status.HTTP_503_SERVICE_UNAVAILABLE)
        deadline = Deadline(settings.READINESS_DEADLINE_S)  # type: ignore[misc]  # mypy does not see split settings
        lag = ask_for_lag(deadline)
        jobs = ask_beside(jobs_backlog, deadline)
        stores = readiness(deadline)
        is_ready = all(store.is_ready for store in stores)
        return Response(
            {"status": "ready" if is_ready else "not ready", "stores": stores, "outbox": lag(), "jobs": jobs()},
            status=status.HTTP_200_OK if is_ready else status.HTTP_503_SERVICE_UNAVAILABLE,
        )
