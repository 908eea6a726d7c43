"""Who is in a team: reading, inviting, making a manager, letting go."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import StrictBooleanField, StrictSerializer, page_of, read_body
from api.views import ApiView, PagedView
from relational import selectors, services
from relational.selectors.identity import NO_ID


class MemberSerializer(serializers.Serializer[Any]):
    """A user in a team, or one who is invited."""

    user_id = serializers.UUIDField()
    username = serializers.CharField(allow_null=True, help_text="Null until they accept.")
    is_manager = serializers.BooleanField()
    is_accepted = serializers.BooleanField(help_text="Whether they are in it, not invited only.")
    joined = serializers.DateTimeField(allow_null=True, help_text="When they accepted.")


class MemberChangeSerializer(StrictSerializer):
    """What a member is."""

    is_manager = StrictBooleanField(help_text="Whether they say who is in the team.")


class MembersView(PagedView):
    """The members of a team."""

    scope = "identity"
    shape = MemberSerializer

    @extend_schema(responses=page_of(MemberSerializer, "MemberPage"), tags=["teams"], operation_id="list_members")
    def get(self, request: Request, team_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """List a team's members and whom it invited, oldest users first."""
        (after,) = self.position() or [None]
        after_id = UUID(after) if after else NO_ID
        members = selectors.members_page(self.principal, team_id, limit=self.limit + 1, after=after_id)
        return self.render_page(members, lambda member: [str(member.user_id)])


class MemberView(ApiView):
    """One member."""

    scope = "identity"

    @extend_schema(
        request=MemberChangeSerializer, responses=MemberSerializer, tags=["teams"], operation_id="put_member"
    )
    def put(self, request: Request, team_id: UUID, user_id: UUID) -> Response:
        """Invite a user into a team, or say whether they manage it; for its managers and admins.

        An invitation gives nothing until the user accepts it; whom an admin puts is a member at once. Membership counts
        in the user's API keys at once, in their tokens with the next refresh.
        """
        sent = read_body(request, MemberChangeSerializer())
        return Response(services.put_member(self.principal, team_id, user_id, **sent))

    @extend_schema(responses={204: None}, tags=["teams"], operation_id="remove_member")
    def delete(self, request: Request, team_id: UUID, user_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Let a member go; for managers, admins and who leaves or declines. The last manager stays."""
        services.remove_member(self.principal, team_id, user_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
