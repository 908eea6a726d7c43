"""How much streams hold: one stream by day, an owner's streams together, and what the owner may store."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import Described, StrictSerializer, page_of, read_body
from api.views import ApiView, PagedView
from core.times import from_microseconds
from operations import usage
from timeseries import selectors
from timeseries.usage import OwnerUsage, Usage

EVENTS = "As appended, without those that have expired; events sent again count again."
BYTES = "Of their payloads, as JSON in UTF-8."


class StrictIntegerField(Described, serializers.IntegerField):
    """A whole number: no text and no boolean stands for one."""

    def to_internal_value(self, data: Any) -> int:
        """Refuse what is none.

        Raises: ValidationError.
        """
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class DayUsageSerializer(serializers.Serializer[Any]):
    """What the events of one day are."""

    day = serializers.DateField(help_text="By the events' own time, in UTC.")
    retention = serializers.CharField()
    events = serializers.IntegerField(help_text=EVENTS)
    payload_bytes = serializers.IntegerField(help_text=BYTES)


class StreamUsageSerializer(serializers.Serializer[Any]):
    """What a stream holds."""

    stream = serializers.CharField()
    events = serializers.IntegerField(help_text=EVENTS)
    payload_bytes = serializers.IntegerField(help_text=BYTES)
    days = DayUsageSerializer(many=True)


class OwnerUsageSerializer(serializers.Serializer[Any]):
    """What an owner's streams hold together."""

    owner_id = serializers.UUIDField()
    streams = serializers.IntegerField()
    events = serializers.IntegerField(help_text=EVENTS)
    payload_bytes = serializers.IntegerField(help_text=BYTES)
    limit_bytes = serializers.IntegerField(allow_null=True, help_text="What the payloads may have; null for no limit.")


class UsageLimitSerializer(StrictSerializer):
    """What an owner may store."""

    limit_bytes = StrictIntegerField(
        allow_null=True,
        min_value=0,
        max_value=(1 << 63) - 1,
        help_text="Payload bytes; 0 for as many as there are, null for what holds for everybody.",
    )


def render_owner(found: OwnerUsage) -> dict[str, Any]:
    """Lay out what an owner's streams hold."""
    return {
        "owner_id": found.owner,
        "streams": found.streams,
        "events": found.usage.events,
        "payload_bytes": found.usage.payload_bytes,
        "limit_bytes": found.limit_bytes or None,
    }


class StreamUsageView(ApiView):
    """What a stream holds."""

    scope = "events"
    shape = StreamUsageSerializer

    @extend_schema(responses=StreamUsageSerializer, tags=["events"], operation_id="read_stream_usage")
    def get(self, request: Request, stream: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Read how many events and payload bytes the stream holds, day by day; some seconds old."""
        by_day = selectors.stream_usage(self.principal, stream)
        total = sum(by_day.values(), Usage())
        days = [
            {
                "day": from_microseconds(start * 1_000_000).date(),
                "retention": retention,
                "events": each.events,
                "payload_bytes": each.payload_bytes,
            }
            for (retention, start), each in sorted(by_day.items(), key=lambda item: (item[0][1], item[0][0]))
        ]
        counts = {"events": total.events, "payload_bytes": total.payload_bytes}
        return Response({"stream": stream, **counts, "days": days})


class UsageView(PagedView):
    """What the caller's streams hold."""

    scope = "events"
    shape = OwnerUsageSerializer
    orders = ("owner_id",)

    @extend_schema(responses=page_of(OwnerUsageSerializer, "UsagePage"), tags=["events"], operation_id="list_usage")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List what the streams of the caller hold, and those of each of its teams."""
        (after,) = self.position() or [""]
        found = selectors.usage_page(self.principal, after=UUID(after) if after else None, limit=self.limit + 1)
        return self.render_page(found, lambda each: [str(each.owner)], render=render_owner)


class OwnerUsageView(ApiView):
    """What one owner's streams hold."""

    scope = "events"
    shape = OwnerUsageSerializer

    @extend_schema(responses=OwnerUsageSerializer, tags=["events"], operation_id="read_usage")
    def get(self, request: Request, owner_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Read what the streams of a user or team hold."""
        return Response(render_owner(selectors.usage_of(self.principal, owner_id)))

    @extend_schema(
        request=UsageLimitSerializer, responses=OwnerUsageSerializer, tags=["events"], operation_id="limit_usage"
    )
    def put(self, request: Request, owner_id: UUID) -> Response:
        """Say how much an owner may store; for operators and admins."""
        sent = read_body(request, UsageLimitSerializer())
        return Response(render_owner(usage.limit_usage(self.principal, owner_id, **sent)))
