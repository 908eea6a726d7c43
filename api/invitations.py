"""Invitations into teams: reading the own ones and accepting them; declining is leaving the team."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import EmptyBody, check_length, page_of, read_body
from api.views import ApiView, PagedView
from relational import selectors, services
from relational.selectors.identity import NO_ID


class InvitationSerializer(serializers.Serializer[Any]):
    """A team that wants you."""

    team_id = serializers.UUIDField()
    team_name = serializers.CharField()
    is_manager = serializers.BooleanField(help_text="Whether you would say who is in it.")
    invited = serializers.DateTimeField()


class InvitationsView(PagedView):
    """The list of the own invitations."""

    scope = "identity"
    shape = InvitationSerializer

    @extend_schema(
        responses=page_of(InvitationSerializer, "InvitationPage"), tags=["teams"], operation_id="list_invitations"
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the teams that invited you, oldest teams first."""
        (after,) = self.position() or [None]
        after_id = UUID(after) if after else NO_ID
        invitations = selectors.invitations_page(self.principal, limit=self.limit + 1, after=after_id)
        return self.render_page(invitations, lambda invitation: [str(invitation.team_id)])


class AcceptanceView(ApiView):
    """The acceptance of an invitation."""

    scope = "identity"

    @extend_schema(request=EmptyBody, responses={204: None}, tags=["teams"], operation_id="accept_invitation")
    def post(self, request: Request, team_id: UUID) -> Response:
        """Become a member of a team that invited you; refresh your token to own things as the team."""
        check_length(request)
        read_body(request, EmptyBody())
        services.accept_invitation(self.principal, team_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
