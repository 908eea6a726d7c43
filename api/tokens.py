"""Log-in: a name and a password against two tokens, a refresh token against a new access token; and log-out."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import end_refresh_token, make_access_token, make_refresh_token, read_refresh_token
from api.limits import LOG_IN
from api.serializers import StrictCharField, StrictSerializer, read_body
from api.views import PublicView
from relational import selectors, services

LONGEST_PASSWORD = 1024
LONGEST_TOKEN = 4096


class LogInSerializer(StrictSerializer):
    """What a user logs in with."""

    username = StrictCharField(max_length=150)
    password = StrictCharField(max_length=LONGEST_PASSWORD)


class RefreshSerializer(StrictSerializer):
    """What a new access token is made from."""

    refresh = StrictCharField(max_length=LONGEST_TOKEN)


class AccessSerializer(serializers.Serializer[Any]):
    """A new access token."""

    access = serializers.CharField(help_text="Send it as Authorization: Bearer …")


class TokensSerializer(AccessSerializer):
    """Both tokens."""

    refresh = serializers.CharField(help_text="Good for new access tokens at /api/v1/auth/token/refresh.")


class TokenView(PublicView):
    """Log in."""

    policy = LOG_IN
    write_problems = (401,)

    @extend_schema(request=LogInSerializer, responses=TokensSerializer, tags=["auth"], operation_id="log_in")
    def post(self, request: Request) -> Response:
        """Log in: an access token for some minutes and a refresh token for a day."""
        credential = services.credential_of_log_in(**read_body(request, LogInSerializer()))
        if credential is None:
            raise AuthenticationFailed("the name or the password is wrong, or the user is deactivated")
        return Response({"access": make_access_token(credential), "refresh": make_refresh_token(credential)})

    def get_authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        """Make DRF answer 401, not 403, though no token is read here."""
        return "Bearer"


class RefreshView(TokenView):
    """Refresh."""

    @extend_schema(request=RefreshSerializer, responses=AccessSerializer, tags=["auth"], operation_id="refresh")
    def post(self, request: Request) -> Response:
        """Make a new access token: the role as it is now, none for who was deactivated or changed the password."""
        user_id, stamp = read_refresh_token(read_body(request, RefreshSerializer())["refresh"])
        credential = selectors.credential_of_user(user_id)
        if credential is None or credential.stamp != stamp:
            raise AuthenticationFailed("the user is deactivated or has changed the password: log in again")
        return Response({"access": make_access_token(credential)})


class LogOutView(TokenView):
    """Log out."""

    @extend_schema(request=RefreshSerializer, responses={204: None}, tags=["auth"], operation_id="log_out")
    def post(self, request: Request) -> Response:
        """Log out: the refresh token ends; access tokens made with it live on for minutes. Twice is once."""
        end_refresh_token(read_body(request, RefreshSerializer())["refresh"])
        return Response(status=status.HTTP_204_NO_CONTENT)
