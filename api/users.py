"""Users: the caller's own, the list, one by id."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.parameters import filter_parameters
from api.serializers import page_of
from api.views import ApiView, PagedView
from core.principals import Role
from relational import selectors
from relational.filters import UserFilter
from relational.selectors.identity import NO_ID


class UserSerializer(serializers.Serializer[Any]):
    """A user."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    first_name = serializers.CharField(allow_blank=True)
    last_name = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    role = serializers.ChoiceField([role.value for role in Role])
    joined = serializers.DateTimeField()


class UsersView(PagedView):
    """The list of users."""

    parameters = (*PagedView.parameters, *filter_parameters(UserFilter))

    @extend_schema(responses=page_of(UserSerializer, "UserPage"), tags=["users"], operation_id="list_users")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the users the caller may see, oldest first: consumers see themselves."""
        (after,) = self.position() or [None]
        users = selectors.users_page(
            self.principal,
            limit=self.limit + 1,
            after=UUID(after) if after else NO_ID,
            filters=self.filters(UserFilter),
        )
        return self.render_page(users, lambda user: [str(user.id)])


class UserView(ApiView):
    """One user."""

    @extend_schema(responses=UserSerializer, tags=["users"], operation_id="read_user")
    def get(self, request: Request, user_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Read one user."""
        return Response(selectors.user_by_id(self.principal, user_id))


class MeView(ApiView):
    """The caller."""

    @extend_schema(responses=UserSerializer, tags=["users"], operation_id="read_me")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Read the caller's own user."""
        return Response(selectors.user_by_id(self.principal, self.principal.user_id))
