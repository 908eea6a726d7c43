"""Reading access tokens, for every process, without asking a store or the web's libraries.

The API signs them (`api.authentication`, djangorestframework-simplejwt); a test holds that they are read as signed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import jwt
from django.conf import settings

from core.principals import Principal, Role

ALGORITHM = "HS256"
KIND = "access"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Whom a token names, and the moment at which it ends."""

    principal: Principal
    ends: datetime


def read_access_token(text: str) -> AccessToken | None:
    """Return what an access token says; None for one that is wrong, has ended or is of another kind."""
    try:
        claims = jwt.decode(text, settings.SECRET_KEY, algorithms=[ALGORITHM], options={"require": ["exp"]})
        if claims.get("token_type") != KIND:
            return None
        teams = frozenset(UUID(team) for team in claims.get("teams", ()))
        principal = Principal(UUID(claims["user_id"]), Role(claims["role"]), teams)
        return AccessToken(principal, datetime.fromtimestamp(claims["exp"], UTC))
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError):
        return None
