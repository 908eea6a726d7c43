"""API keys of the caller: making, listing and revoking them; whoever asks with one does none of that."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import StrictCharField, StrictSerializer, page_of, read_body
from api.views import ApiView, PagedView
from core.principals import KEY_SCOPES
from core.times import parse_time
from relational import selectors, services
from relational.rows import ApiKeyRow

SCOPES = [scope.value for scope in KEY_SCOPES]


class NewApiKeySerializer(StrictSerializer):
    """A key to be made."""

    name = StrictCharField(max_length=50)
    scopes = serializers.ListField(child=serializers.ChoiceField(SCOPES), max_length=len(SCOPES))
    expires = StrictCharField(max_length=40, help_text="When it ends (RFC 3339), within 366 days.")


class ApiKeySerializer(serializers.Serializer[Any]):
    """A key, without its secret."""

    id = serializers.CharField(help_text="The part of the key before the dot.")
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(SCOPES))
    created = serializers.DateTimeField()
    expires = serializers.DateTimeField(allow_null=True)
    last_used = serializers.DateTimeField(allow_null=True, help_text="To the minute.")


class MadeApiKeySerializer(ApiKeySerializer):
    """A new key with its secret."""

    key = serializers.CharField(help_text="Shown this once. Send it as Authorization: Api-Key …")


def render_api_key(row: ApiKeyRow) -> dict[str, Any]:
    """Lay out a key."""
    return {
        "id": row.id,
        "name": row.name,
        "scopes": row.scopes,
        "created": row.created,
        "expires": row.expires,
        "last_used": row.last_used,
    }


class ApiKeysView(PagedView):
    """The caller's keys."""

    scope = "identity"
    shape = ApiKeySerializer

    @extend_schema(responses=page_of(ApiKeySerializer, "ApiKeyPage"), tags=["auth"], operation_id="list_api_keys")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List your API keys that are not revoked, by id."""
        (after,) = self.position() or [""]
        return self.render_page(
            selectors.api_keys_page(self.principal, limit=self.limit + 1, after=after), lambda row: [row.id]
        )

    @extend_schema(
        request=NewApiKeySerializer,
        responses={201: MadeApiKeySerializer},
        tags=["auth"],
        operation_id="create_api_key",
    )
    def post(self, request: Request) -> Response:
        """Make an API key: it asks as you, with your role and teams of that moment, within its scopes."""
        sent = read_body(request, NewApiKeySerializer())
        name, scopes = sent["name"], sent["scopes"]
        expires = parse_time(sent["expires"], path="expires")
        row, text = services.create_api_key(self.principal, name=name, scopes=scopes, expires=expires)
        address = f"/api/v1/api-keys/{row.id}"
        return Response({**render_api_key(row), "key": text}, status.HTTP_201_CREATED, headers={"Location": address})


class ApiKeyView(ApiView):
    """One of the caller's keys."""

    scope = "identity"

    @extend_schema(responses={204: None}, tags=["auth"], operation_id="revoke_api_key")
    def delete(self, request: Request, api_key: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Revoke an API key: it ends at once and for good."""
        services.revoke_api_key(self.principal, api_key)
        return Response(status=status.HTTP_204_NO_CONTENT)
