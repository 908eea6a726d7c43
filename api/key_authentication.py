"""Who asks with an API key: a machine, as its user, within the scopes the key was made for.

A key is checked in PostgreSQL with every request, so that a revoked key, a deactivated user or a changed role or team
counts at once.
"""

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from api.authentication import Caller
from relational import services

SCHEME = "Api-Key"


class ApiKeyAuthentication(BaseAuthentication):
    """Authorization: Api-Key KEY."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        """Read the caller from the key; None without one.

        Raises: AuthenticationFailed for a key that is wrong, revoked or has ended, StoreError.
        """
        scheme, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        principal = services.principal_of_key(text.strip())
        if principal is None:
            raise AuthenticationFailed("the API key is wrong, revoked or has ended, or its user is deactivated")
        return Caller(principal), None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        """Name the scheme for WWW-Authenticate, which makes DRF answer 401."""
        return SCHEME
