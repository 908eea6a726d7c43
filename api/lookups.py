"""Lookups of a stream: declaring one, which a job then fills, and deleting it."""

from urllib.parse import quote

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import StrictCharField, StrictSerializer, read_body
from api.streams import LookupSerializer, render_lookup
from api.views import ApiView
from operations import lookups
from timeseries import services
from timeseries.paths import MAX_PATH_CHARACTERS

FIELD = {"pattern": r"^(kind|client_id|payload\..+)$", "maxLength": MAX_PATH_CHARACTERS}


class NewLookupSerializer(StrictSerializer):
    """By which field events are to be found."""

    field = StrictCharField(
        described={**FIELD, "example": "payload.request_id"},
        help_text="kind, client_id, or payload. and a dotted path.",
    )


class LookupView(ApiView):
    """One lookup; `GET` of the stream shows them all."""

    scope = "events"

    @extend_schema(
        request=NewLookupSerializer,
        responses={200: LookupSerializer, 201: LookupSerializer},
        tags=["events"],
        operation_id="declare_lookup",
    )
    def put(self, request: Request, stream: str, lookup: str) -> Response:
        """Let events of the stream be found by a field without a range of time, as soon as a job has listed them.

        Declared again it is as it was (200); where its job has failed or was cancelled it gets another.
        """
        asked = read_body(request, NewLookupSerializer())
        declared, is_new = lookups.declare_lookup(self.principal, stream, name=lookup, field=asked["field"])
        headers = {"Location": f"/api/v1/streams/{quote(stream)}"} if is_new else {}
        return Response(render_lookup(declared), status=201 if is_new else 200, headers=headers)

    @extend_schema(responses={204: None}, tags=["events"], operation_id="delete_lookup")
    def delete(self, request: Request, stream: str, lookup: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Delete a lookup; what it lists expires with the events."""
        services.delete_lookup(self.principal, stream, lookup)
        return Response(status=204)
