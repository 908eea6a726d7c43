"""Who asks: tokens made at log-in, and the principal read back from them without asking a store.

The access token carries the user's id, role and teams and lives for minutes; it is believed as long as it lives. A
refresh asks PostgreSQL again, so a deactivated user, a changed role, team or password counts there at the latest.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar
from uuid import UUID

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from core import tokens
from core.principals import Principal
from relational.rows import CredentialRow
from relational.translation import translated_errors

SCHEME = "Bearer"
UNREADABLE = (TokenError, KeyError, ValueError, TypeError, AttributeError)
TOKENS_KEPT = 4096
WRONG_ACCESS_TOKEN = "the access token is wrong or has ended: refresh it or log in again"  # noqa: S105 - a message


@dataclass(frozen=True, slots=True)
class Caller:
    """What DRF calls a user: a principal that has shown a token."""

    principal: Principal
    is_authenticated: ClassVar[bool] = True


class BearerAuthentication(BaseAuthentication):
    """Authorization: Bearer ACCESS_TOKEN."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        """Read the caller from the token; None without one.

        Raises: AuthenticationFailed for a token that is wrong, expired or of another kind.
        """
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        return Caller(read_access_token(token.strip())), None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        """Name the scheme for WWW-Authenticate, which makes DRF answer 401."""
        return SCHEME


def read_access_token(text: str) -> Principal:
    """Return the principal of an access token.

    Raises: AuthenticationFailed for a token that is wrong, expired or of another kind.
    """
    principal, ends = _verify_access_token(text)
    if ends <= time.time():
        raise AuthenticationFailed(WRONG_ACCESS_TOKEN)
    return principal


@lru_cache(TOKENS_KEPT)
def _verify_access_token(text: str) -> tuple[Principal, float]:
    """Return whom a token names and when it ends, in seconds since 1970; a good token is verified once per process.

    Raises: AuthenticationFailed, each time anew.
    """
    token = tokens.read_access_token(text)
    if token is None:
        raise AuthenticationFailed(WRONG_ACCESS_TOKEN)
    return token.principal, token.ends.timestamp()


def read_refresh_token(text: str) -> tuple[UUID, str]:
    """Return the user id and the credential's stamp of a refresh token.

    Raises: AuthenticationFailed for a token that is wrong, expired, logged out or of another kind; StoreError, for
    PostgreSQL knows which are logged out.
    """
    try:
        with translated_errors():
            token = RefreshToken(_token_text(text))
        return UUID(token["user_id"]), str(token["stamp"])
    except UNREADABLE as error:
        raise AuthenticationFailed("the refresh token is wrong or has ended: log in again") from error


def end_refresh_token(text: str) -> None:
    """Make a refresh token end now; one that has ended already stays so.

    Raises: AuthenticationFailed for a token that is wrong or of another kind, StoreError.
    """
    try:
        with translated_errors(writes=True):
            _EndedOrNot(_token_text(text)).blacklist()
    except ExpiredTokenError:
        return
    except UNREADABLE as error:
        raise AuthenticationFailed("this is no refresh token") from error


def make_access_token(credential: CredentialRow) -> str:
    """Sign an access token."""
    token = AccessToken()
    token["user_id"] = str(credential.user_id)
    token["role"] = credential.role
    if credential.team_ids:
        token["teams"] = [team.hex for team in credential.team_ids]
    return str(token)


def make_refresh_token(credential: CredentialRow) -> str:
    """Sign a refresh token; it ends early when the password changes."""
    token = RefreshToken()
    token["user_id"] = str(credential.user_id)
    token["stamp"] = credential.stamp
    return str(token)


class _EndedOrNot(RefreshToken):
    """A refresh token, read whether or not it was logged out."""

    def check_blacklist(self) -> None:
        """Let it pass."""


def _token_text(text: str) -> Any:
    # The library annotates what it reads as a Token.
    return text.encode("utf-8", "replace")
