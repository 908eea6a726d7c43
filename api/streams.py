"""Streams: the list, one by name; making them, changing who uses them, and their settings from a day on."""

from typing import Any
from urllib.parse import quote

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import (
    ChangeSerializer,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictIdField,
    StrictNumberField,
    StrictSerializer,
    page_of,
    read_body,
)
from api.views import ApiView, PagedView
from core.principals import Principal
from core.times import now
from operations import streams
from timeseries import selectors, services
from timeseries.lookups import Lookup, LookupState
from timeseries.partitions import MAX_PEAK_RATE, first_day
from timeseries.retention import CLASSES
from timeseries.services.streams import MAX_GRANTS
from timeseries.streams import MAX_NAME_CHARACTERS, STREAM_NAME, Stream, StreamSettings, may_change

RETENTION = "The retention class: /api/v1/retention-classes says how long each keeps events."
PEAK_RATE = "Events a second that are expected at the busiest."
RATE_BOUNDS = {"exclusiveMinimum": 0, "maximum": MAX_PEAK_RATE}


class StreamSettingsSerializer(serializers.Serializer[Any]):
    """What holds for a stream's events from a day on."""

    valid_from = serializers.DateField()
    retention = serializers.CharField(help_text="The retention class: how long events are kept.")
    peak_rate = serializers.FloatField(help_text=PEAK_RATE)


class NewSettingsSerializer(StrictSerializer):
    """Other settings from a day on."""

    retention = StrictChoiceField([*CLASSES], help_text=RETENTION)
    peak_rate = StrictNumberField(described=RATE_BOUNDS, help_text=PEAK_RATE)
    valid_from = serializers.DateField(
        required=False, help_text="A UTC day to come; the first possible one if left out."
    )


class StreamUseSerializer(StrictSerializer):
    """Who uses a stream; what is left out stays as it is."""

    owner_id = StrictIdField(required=False, help_text="You, or a team of yours; operators name anybody.")
    readers = serializers.ListField(
        child=StrictIdField(), required=False, max_length=MAX_GRANTS, help_text="Users and teams who read it."
    )
    writers = serializers.ListField(
        child=StrictIdField(), required=False, max_length=MAX_GRANTS, help_text="Users and teams who append to it."
    )
    actor_may_read = StrictBooleanField(required=False, help_text="Whether an actor reads the events that name it.")


class StreamChangeSerializer(StreamUseSerializer, ChangeSerializer):
    """A change of who uses a stream."""


class NewStreamSerializer(StreamUseSerializer):
    """A stream to make; it is yours unless `owner_id` says otherwise."""

    name = StrictCharField(described={"pattern": f"^{STREAM_NAME.pattern}$", "maxLength": MAX_NAME_CHARACTERS})
    retention = StrictChoiceField([*CLASSES], help_text=RETENTION)
    peak_rate = StrictNumberField(default=1.0, described=RATE_BOUNDS, help_text=PEAK_RATE)


class RetentionClassSerializer(serializers.Serializer[Any]):
    """How long events are kept, from their own time on."""

    name = serializers.CharField()
    days = serializers.IntegerField(allow_null=True, help_text="Null: for ever.")


class StreamSerializer(serializers.Serializer[Any]):
    """A named event log."""

    name = serializers.CharField()
    owner_id = serializers.UUIDField()
    readers = serializers.ListField(
        child=serializers.UUIDField(),
        allow_null=True,
        help_text="Users and teams who read it; null for who may not change it.",
    )
    writers = serializers.ListField(
        child=serializers.UUIDField(),
        allow_null=True,
        help_text="Users and teams who append to it; null for who may not change it.",
    )
    actor_may_read = serializers.BooleanField(help_text="Whether an actor reads the events that name it.")
    created = serializers.DateTimeField()
    settings = StreamSettingsSerializer(many=True)


class LookupSerializer(serializers.Serializer[Any]):
    """A field by whose values a stream's events are found without a range of time."""

    name = serializers.CharField()
    field = serializers.CharField()
    state = serializers.ChoiceField([*LookupState], help_text="building: it lists new events, a job adds the others.")
    declared = serializers.DateTimeField()
    job_id = serializers.UUIDField(allow_null=True, help_text="The job that fills it.")
    done = serializers.IntegerField(help_text="Of how many partitions of the stream all events are listed.")
    total = serializers.IntegerField(help_text="How many there are; 0 before the job has begun.")


class StreamWithLookupsSerializer(StreamSerializer):
    """A stream, and its lookups."""

    lookups = LookupSerializer(many=True)


def render_lookup(lookup: Lookup) -> dict[str, Any]:
    """Lay out a lookup."""
    return {
        "name": lookup.name,
        "field": lookup.field.name,
        "state": lookup.state,
        "declared": lookup.declared,
        "job_id": lookup.job,
        "done": lookup.done,
        "total": lookup.total,
    }


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


def _use(asked: dict[str, Any]) -> dict[str, Any]:
    """Name what was asked as the services do."""
    return {"owner" if name == "owner_id" else name: value for name, value in asked.items()}


class StreamsView(PagedView):
    """The list of streams; making one."""

    scope = "events"
    shape = StreamSerializer
    orders = ("name",)

    @extend_schema(responses=page_of(StreamSerializer, "StreamPage"), tags=["events"], operation_id="list_streams")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the streams the caller may see, by name."""
        (after,) = self.position() or [""]
        found = selectors.streams_page(self.principal, limit=self.limit + 1, after=after)
        return self.render_page(
            found,
            lambda stream: [stream.name],
            render=lambda stream: render_stream(stream, self.principal),
        )

    @extend_schema(
        request=NewStreamSerializer,
        responses={201: StreamWithLookupsSerializer},
        tags=["events"],
        operation_id="create_stream",
    )
    def post(self, request: Request) -> Response:
        """Make a stream; of two who make one name at once, one wins."""
        sent = read_body(request, NewStreamSerializer())
        made = streams.create_stream(self.principal, **_use(sent))
        return _created(made, self.principal)


class StreamView(ApiView):
    """One stream."""

    scope = "events"
    shape = StreamWithLookupsSerializer

    @extend_schema(responses=StreamWithLookupsSerializer, tags=["events"], operation_id="read_stream")
    def get(self, request: Request, stream: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Read one stream with the history of its settings, and its lookups."""
        found = selectors.stream_by_name(self.principal, stream)
        return Response(_render_whole(found, self.principal))

    @extend_schema(
        request=StreamChangeSerializer,
        responses=StreamWithLookupsSerializer,
        tags=["events"],
        operation_id="change_stream",
    )
    def patch(self, request: Request, stream: str) -> Response:
        """Change who owns, reads and writes a stream; it holds everywhere after ten seconds."""
        sent = read_body(request, StreamChangeSerializer())
        changed = streams.change_stream(self.principal, stream, **_use(sent))
        return Response(_render_whole(changed, self.principal))


class StreamSettingsView(ApiView):
    """A stream's settings."""

    scope = "events"

    @extend_schema(
        request=NewSettingsSerializer,
        responses={201: StreamWithLookupsSerializer},
        tags=["events"],
        operation_id="add_stream_settings",
    )
    def post(self, request: Request, stream: str) -> Response:
        """Let another retention class and peak rate hold from a UTC day to come; what is stored stays as it is."""
        sent = read_body(request, NewSettingsSerializer())
        asked = {"valid_from": first_day(now()), **sent}
        return _created(services.add_stream_settings(self.principal, stream, **asked), self.principal)


class RetentionClassesView(ApiView):
    """The retention classes there are; few, so that they come on one page."""

    scope = "events"

    @extend_schema(
        responses=page_of(RetentionClassSerializer, "RetentionClassPage"),
        tags=["events"],
        operation_id="list_retention_classes",
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the retention classes, shortest first."""
        classes = [{"name": each.name, "days": each.days} for each in CLASSES.values()]
        return Response({"results": classes, "next": None})


def _created(stream: Stream, principal: Principal) -> Response:
    headers = {"Location": f"/api/v1/streams/{quote(stream.name)}"}
    return Response(_render_whole(stream, principal), status=201, headers=headers)


def _render_whole(stream: Stream, principal: Principal) -> dict[str, Any]:
    lookups = [render_lookup(each) for each in selectors.lookups_of(stream.name) if each.deleted is None]
    return {**render_stream(stream, principal), "lookups": lookups}
