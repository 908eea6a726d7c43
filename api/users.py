"""Users: the list, one by id, the caller's own, changes; of one also what the other stores hold: the mixed read."""

from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.mixed import EXPAND, MixedSerializer, check_expansions, render_mixed
from api.parameters import filter_parameters
from api.serializers import ChangeSerializer, StrictBooleanField, StrictCharField, page_of, read_body
from api.views import ApiView, PagedView
from core.deadlines import Deadline
from core.principals import Role
from query.engine import expand_users
from relational import selectors, services
from relational.filters import UserFilter


class UserSerializer(serializers.Serializer[Any]):
    """A user."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    first_name = serializers.CharField(allow_blank=True)
    last_name = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    role = serializers.ChoiceField([role.value for role in Role])
    joined = serializers.DateTimeField()


class ProfileSerializer(ChangeSerializer):
    """What users say of themselves."""

    first_name = StrictCharField(max_length=150, allow_blank=True, required=False)
    last_name = StrictCharField(max_length=150, allow_blank=True, required=False)
    email = serializers.EmailField(trim_whitespace=False, max_length=254, required=False)


class UserStateSerializer(UserSerializer):
    """A user as admins see one."""

    is_active = serializers.BooleanField()


class UserChangeSerializer(ChangeSerializer):
    """What a user is, as far as it is to change."""

    role = serializers.ChoiceField([role.value for role in Role], required=False)
    is_active = StrictBooleanField(required=False)


class MixedUserSerializer(MixedSerializer, UserSerializer):
    """A user; with `expand` also what belongs to them in every store."""


class UsersView(PagedView):
    """The list of users."""

    scope = "identity"
    shape = UserSerializer
    orders = ("joined", "-joined")
    parameters = (*PagedView.parameters, *filter_parameters(UserFilter))

    @extend_schema(responses=page_of(UserSerializer, "UserPage"), tags=["users"], operation_id="list_users")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the users the caller may see, oldest first: consumers see themselves."""
        (last,) = self.position() or [None]
        users = selectors.users_page(
            self.principal,
            limit=self.limit + 1,
            last=UUID(last) if last else None,
            descending=self.query["sort"].startswith("-"),
            filters=self.filters(UserFilter),
        )
        return self.render_page(users, lambda user: [str(user.id)])


class OneUserView(ApiView):
    """One user, alone or with what belongs to them in every store."""

    scope = "identity"
    shape = UserSerializer
    parameters = (EXPAND,)

    def cost(self) -> int:
        """Return what the request counts: 2 more for each expansion."""
        return super().cost() + 2 * len(self.query.get("expand", ()))

    def render_user(self, user_id: UUID) -> Response:
        """Answer the user, and what was asked to be expanded."""
        expansions = self.query.get("expand", ())
        if not expansions:
            return Response(selectors.user_by_id(self.principal, user_id))
        check_expansions(self.principal, expansions)
        deadline = Deadline(settings.QUERY_DEADLINE_S)  # type: ignore[misc]  # mypy does not see split settings
        answer = expand_users(self.principal, [user_id], expansions, deadline)
        return Response(render_mixed(answer))


class UserView(OneUserView):
    """Anybody."""

    @extend_schema(responses=MixedUserSerializer, tags=["users"], operation_id="read_user")
    def get(self, request: Request, user_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Read one user; with `expand` also what belongs to them in every store.

        A store that is down or late leaves a gap, named in `gaps`; what it holds is then null.
        """
        return self.render_user(user_id)

    @extend_schema(
        request=UserChangeSerializer, responses=UserStateSerializer, tags=["users"], operation_id="change_user"
    )
    def patch(self, request: Request, user_id: UUID) -> Response:
        """Change another user's role, or deactivate or activate them; for admins.

        Access tokens that are out are believed until they end, some minutes; refresh tokens and API keys are not.
        """
        sent = read_body(request, UserChangeSerializer())
        role, is_active = sent.get("role"), sent.get("is_active")
        return Response(services.change_user(self.principal, user_id, role=role and Role(role), is_active=is_active))


class MeView(OneUserView):
    """The caller."""

    @extend_schema(responses=MixedUserSerializer, tags=["users"], operation_id="read_me")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Read the caller's own user; `expand` as for any other."""
        return self.render_user(self.principal.user_id)

    @extend_schema(request=ProfileSerializer, responses=UserSerializer, tags=["users"], operation_id="change_me")
    def patch(self, request: Request) -> Response:
        """Change your own names and mail address; what is not sent stays."""
        return Response(services.change_profile(self.principal, read_body(request, ProfileSerializer())))
