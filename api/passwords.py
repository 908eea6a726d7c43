"""Passwords: changed by who knows the old one, reset by who reads the user's mail."""

from uuid import UUID

from djoser.utils import decode_uid
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.mail import send_resets
from api.serializers import StrictCharField, StrictSerializer, read_body
from api.tokens import LONGEST_PASSWORD
from api.views import ApiView, PublicView
from core.errors import InvalidInput
from relational import services
from relational.services.passwords import WRONG_LINK


class PasswordChangeSerializer(StrictSerializer):
    """The old password and the new one."""

    current_password = StrictCharField(max_length=LONGEST_PASSWORD)
    new_password = StrictCharField(max_length=LONGEST_PASSWORD)


class PasswordResetSerializer(StrictSerializer):
    """Whose password is to be reset."""

    email = serializers.EmailField(trim_whitespace=False, max_length=254)


class PasswordResetConfirmSerializer(StrictSerializer):
    """What the link says, and the new password."""

    uid = StrictCharField(max_length=100)
    token = StrictCharField(max_length=100)
    new_password = StrictCharField(max_length=LONGEST_PASSWORD)


class PasswordChangeView(ApiView):
    """Change the password."""

    scope = "identity"

    @extend_schema(
        request=PasswordChangeSerializer, responses={204: None}, tags=["auth"], operation_id="change_password"
    )
    def post(self, request: Request) -> Response:
        """Change your password; every refresh token made before ends, so log in again. API keys go on."""
        sent = read_body(request, PasswordChangeSerializer())
        current, new = sent["current_password"], sent["new_password"]
        services.change_password(self.principal, current=current, new=new)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordResetView(PublicView):
    """Ask for a reset."""

    @extend_schema(
        request=PasswordResetSerializer, responses={204: None}, tags=["auth"], operation_id="ask_password_reset"
    )
    def post(self, request: Request) -> Response:
        """Send a link to whose mail address it is; the answer is the same whether there is anybody."""
        send_resets(services.make_resets(read_body(request, PasswordResetSerializer())["email"]))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordResetConfirmView(PublicView):
    """Reset the password."""

    @extend_schema(
        request=PasswordResetConfirmSerializer, responses={204: None}, tags=["auth"], operation_id="reset_password"
    )
    def post(self, request: Request) -> Response:
        """Choose a new password with what the link says; it is good once, and ends every refresh token made before."""
        link = read_body(request, PasswordResetConfirmSerializer())
        services.reset_password(read_uid(link["uid"]), link["token"], new=link["new_password"])
        return Response(status=status.HTTP_204_NO_CONTENT)


def read_uid(text: str) -> UUID:
    """Read the user's id of a link.

    Raises: InvalidInput, in the words for a wrong token.
    """
    try:
        return UUID(decode_uid(text))
    except ValueError as error:
        raise InvalidInput(WRONG_LINK, path="token") from error
