"""Registration: anybody makes themselves a user, a consumer; nothing in the request says otherwise."""

from django.conf import settings
from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import StrictCharField, StrictSerializer, read_body
from api.tokens import LONGEST_PASSWORD
from api.users import UserSerializer
from api.views import PublicView
from core.errors import PermissionRefused
from core.principals import Principal
from relational import selectors, services

# Names that strangers choose for themselves look like nobody else's.
PLAIN_NAME = RegexValidator(r"\A[A-Za-z0-9@.+_-]+\Z", "write letters from A to Z, digits and @ . + - _")


class RegistrationSerializer(StrictSerializer):
    """A new user."""

    username = StrictCharField(max_length=150, validators=[PLAIN_NAME])
    password = StrictCharField(max_length=LONGEST_PASSWORD)
    email = serializers.EmailField(trim_whitespace=False, max_length=254)
    first_name = StrictCharField(max_length=150, allow_blank=True, required=False)
    last_name = StrictCharField(max_length=150, allow_blank=True, required=False)


class RegistrationView(PublicView):
    """Register."""

    write_problems = (403, 409)

    @extend_schema(
        request=RegistrationSerializer, responses={201: UserSerializer}, tags=["auth"], operation_id="register"
    )
    def post(self, request: Request) -> Response:
        """Register: make a user, as a consumer; then log in. A name that is taken is a conflict."""
        if not settings.REGISTRATION_OPEN:  # type: ignore[misc]  # mypy does not see split settings
            raise PermissionRefused("nobody registers here: ask an administrator for a user")
        user_id = services.create_user(**read_body(request, RegistrationSerializer()))
        user = selectors.user_by_id(Principal(user_id), user_id)
        return Response(user, status=status.HTTP_201_CREATED, headers={"Location": f"/api/v1/users/{user_id}"})
