"""What a stream's payloads are made of: the schema that it declares, and the catalogue of fields that came."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import StrictBooleanField, StrictObjectField, StrictSerializer, page_of, read_body
from api.views import ApiView, PagedView
from core.times import from_microseconds
from timeseries import selectors, services
from timeseries.fields import SeenField, column_type_of
from timeseries.payload_schemas import DECLARABLE, MAX_FIELDS, PayloadSchema

FIELD = {
    "oneOf": [
        {"enum": list(DECLARABLE)},
        {
            "type": "object",
            "properties": {"type": {"enum": list(DECLARABLE)}, "required": {"type": "boolean"}},
            "required": ["type"],
            "additionalProperties": False,
        },
    ]
}
FIELDS_HELP = "By dotted path, with [] for what a list has: the type, or the type and whether every event needs it."


class PayloadSchemaSerializer(serializers.Serializer[Any]):
    """What the payloads of new events keep to."""

    version = serializers.IntegerField(help_text="One more with each change; 0 where nothing was declared.")
    created = serializers.DateTimeField(allow_null=True)
    fields = serializers.DictField(help_text=FIELDS_HELP)  # type: ignore[assignment]  # DRF's own `fields` is a property
    additional = serializers.BooleanField(help_text="Whether payloads may have other fields.")


class NewPayloadSchemaSerializer(StrictSerializer):
    """A schema to declare."""

    fields = StrictObjectField(  # type: ignore[assignment]  # as above
        described={
            "maxProperties": MAX_FIELDS,
            "additionalProperties": FIELD,
            "example": {"ip": {"type": "ip", "required": True}, "lines[].sku": "text"},
        },
        help_text=FIELDS_HELP,
    )
    additional = StrictBooleanField(default=True, help_text="Whether payloads may have other fields.")


class FieldSerializer(serializers.Serializer[Any]):
    """A field with one of the types it had."""

    stream = serializers.CharField()
    path = serializers.CharField(
        allow_null=True, help_text="Dotted, with [] for what a list has; null in the row of what was left out."
    )
    type = serializers.CharField(
        allow_null=True, help_text="null, bool, int, double, text, object, array, or declared."
    )
    events = serializers.IntegerField(help_text="In how many it was, as appended; some seconds old.")
    first_seen = serializers.DateTimeField(allow_null=True, help_text="The earliest of these events, by its own time.")
    last_seen = serializers.DateTimeField(allow_null=True, help_text="The latest of them.")
    column = serializers.CharField(allow_null=True, help_text="The type of its column in exports.")


def render_schema(schema: PayloadSchema) -> dict[str, Any]:
    """Lay out a schema."""
    return {"version": schema.version, "created": schema.created, **schema.as_json()}


class StreamSchemaView(ApiView):
    """A stream's schema."""

    scope = "events"
    shape = PayloadSchemaSerializer

    @extend_schema(responses=PayloadSchemaSerializer, tags=["events"], operation_id="read_stream_schema")
    def get(self, request: Request, stream: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Read what the payloads of new events keep to."""
        return Response(render_schema(selectors.stream_schema(self.principal, stream)))

    @extend_schema(
        request=NewPayloadSchemaSerializer,
        responses=PayloadSchemaSerializer,
        tags=["events"],
        operation_id="declare_stream_schema",
    )
    def put(self, request: Request, stream: str) -> Response:
        """Let another schema hold for new events; it holds everywhere after ten seconds, what is stored stays."""
        sent = read_body(request, NewPayloadSchemaSerializer())
        return Response(render_schema(services.declare_schema(self.principal, stream, sent)))


class StreamFieldsView(PagedView):
    """The catalogue of a stream's fields."""

    scope = "events"
    shape = FieldSerializer
    orders = ("path",)

    @extend_schema(responses=page_of(FieldSerializer, "FieldPage"), tags=["events"], operation_id="list_stream_fields")
    def get(self, request: Request, stream: str) -> Response:  # noqa: ARG002 - DRF's signature
        """List the fields that the stream's payloads have had, with their types, by path."""
        seen, left_out = selectors.stream_fields(self.principal, stream)
        types: dict[str, set[str]] = {}
        for each in seen:
            types.setdefault(each.path, set()).add(each.type)
        columns = {path: column_type_of(kinds) for path, kinds in types.items()}
        rows = [_left_out(stream, left_out)] if left_out else []
        rows += [_render_field(stream, each, columns[each.path]) for each in seen]
        after = tuple(self.position() or ())
        return self.render_page(
            [row for row in rows if _place(row) > after][: self.limit + 1], lambda row: [*_place(row)]
        )


def _place(row: dict[str, Any]) -> tuple[str, str]:
    return row["path"] or "", row["type"] or ""


def _render_field(stream: str, seen: SeenField, column: str) -> dict[str, Any]:
    return {
        "stream": stream,
        "path": seen.path,
        "type": seen.type,
        "events": seen.events,
        "first_seen": from_microseconds(seen.first_us),
        "last_seen": from_microseconds(seen.last_us),
        "column": column,
    }


def _left_out(stream: str, count: int) -> dict[str, Any]:
    nothing = dict.fromkeys(("path", "type", "first_seen", "last_seen", "column"))
    return {"stream": stream, **nothing, "events": count}
