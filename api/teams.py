"""Teams: making, reading, renaming and deleting them."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import StrictCharField, StrictSerializer, page_of, read_body
from api.views import ApiView, PagedView
from operations import teams
from relational import selectors, services
from relational.selectors.identity import NO_ID


class TeamSerializer(serializers.Serializer[Any]):
    """Users who own things together."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    created = serializers.DateTimeField()
    is_manager = serializers.BooleanField(help_text="Whether you say who is in it.")


class TeamChangeSerializer(StrictSerializer):
    """What a team is called."""

    name = StrictCharField(max_length=100)


class TeamsView(PagedView):
    """The list of teams."""

    scope = "identity"
    shape = TeamSerializer

    @extend_schema(responses=page_of(TeamSerializer, "TeamPage"), tags=["teams"], operation_id="list_teams")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the teams you are in, oldest first; analysts, operators and admins see all."""
        (after,) = self.position() or [None]
        found = selectors.teams_page(self.principal, limit=self.limit + 1, after=UUID(after) if after else NO_ID)
        return self.render_page(found, lambda team: [str(team.id)])

    @extend_schema(
        request=TeamChangeSerializer, responses={201: TeamSerializer}, tags=["teams"], operation_id="create_team"
    )
    def post(self, request: Request) -> Response:
        """Make a team and become its manager; refresh your token to own things as the team."""
        sent = read_body(request, TeamChangeSerializer())
        team = services.create_team(self.principal, sent["name"])
        return Response(team, status.HTTP_201_CREATED, headers={"Location": f"/api/v1/teams/{team.id}"})


class TeamView(ApiView):
    """One team."""

    scope = "identity"
    shape = TeamSerializer

    @extend_schema(responses=TeamSerializer, tags=["teams"], operation_id="read_team")
    def get(self, request: Request, team_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Read one team."""
        return Response(selectors.team_by_id(self.principal, team_id))

    @extend_schema(request=TeamChangeSerializer, responses=TeamSerializer, tags=["teams"], operation_id="change_team")
    def patch(self, request: Request, team_id: UUID) -> Response:
        """Give a team another name; for its managers and admins."""
        sent = read_body(request, TeamChangeSerializer())
        return Response(services.change_team(self.principal, team_id, name=sent["name"]))

    @extend_schema(responses={204: None}, tags=["teams"], operation_id="delete_team")
    def delete(self, request: Request, team_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Delete a team; for its managers and admins. While it owns anything, in any store, that is a conflict."""
        teams.delete_team(self.principal, team_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
