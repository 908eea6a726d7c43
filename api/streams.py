"""Streams: the list, one by name."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import page_of
from api.views import ApiView, PagedView
from core.principals import Principal
from timeseries import selectors
from timeseries.streams import Stream, StreamSettings, may_change


class StreamSettingsSerializer(serializers.Serializer[Any]):
    """What holds for a stream's events from a day on."""

    valid_from = serializers.DateField()
    retention = serializers.CharField(help_text="The retention class: how long events are kept.")
    peak_rate = serializers.FloatField(help_text="Events a second that are expected at the busiest.")


class StreamSerializer(serializers.Serializer[Any]):
    """A named event log."""

    name = serializers.CharField()
    owner_id = serializers.UUIDField()
    readers = serializers.ListField(
        child=serializers.UUIDField(),
        allow_null=True,
        help_text="Users who read it; null for who may not change it.",
    )
    writers = serializers.ListField(
        child=serializers.UUIDField(),
        allow_null=True,
        help_text="Users who append to it; null for who may not change it.",
    )
    actor_may_read = serializers.BooleanField(help_text="Whether an actor reads the events that name it.")
    created = serializers.DateTimeField()
    settings = StreamSettingsSerializer(many=True)


def render_stream(stream: Stream, principal: Principal) -> dict[str, Any]:
    """Lay out a stream; who reads and writes it is told to who may change that."""
    is_changer = may_change(principal, stream)
    return {
        "name": stream.name,
        "owner_id": stream.owner,
        "readers": stream.readers if is_changer else None,
        "writers": stream.writers if is_changer else None,
        "actor_may_read": stream.actor_may_read,
        "created": stream.created,
        "settings": [_render_settings(version) for version in stream.settings],
    }


def _render_settings(version: StreamSettings) -> dict[str, Any]:
    return {"valid_from": version.valid_from, "retention": version.retention, "peak_rate": version.peak_rate}


class StreamsView(PagedView):
    """The list of streams."""

    scope = "events"
    shape = StreamSerializer

    @extend_schema(responses=page_of(StreamSerializer, "StreamPage"), tags=["events"], operation_id="list_streams")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the streams the caller may see, by name."""
        (after,) = self.position() or [""]
        streams = selectors.streams_page(self.principal, limit=self.limit + 1, after=after)
        return self.render_page(
            streams,
            lambda stream: [stream.name],
            render=lambda stream: render_stream(stream, self.principal),
        )


class StreamView(ApiView):
    """One stream."""

    scope = "events"
    shape = StreamSerializer

    @extend_schema(responses=StreamSerializer, tags=["events"], operation_id="read_stream")
    def get(self, request: Request, stream: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Read one stream."""
        return Response(render_stream(selectors.stream_by_name(self.principal, stream), self.principal))
