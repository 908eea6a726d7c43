"""Rows of users, their credentials, keys and teams."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user without secrets."""

    id: UUID
    username: str
    first_name: str
    last_name: str
    email: str
    role: str
    joined: datetime


@dataclass(frozen=True, slots=True)
class UserStateRow(UserRow):
    """A user as admins see one, deactivated ones too."""

    is_active: bool


@dataclass(frozen=True, slots=True)
class ResetRow:
    """With what a user's password is reset, and where that is sent to."""

    user_id: UUID
    username: str
    email: str
    token: str


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """What a user's tokens are made from; the stamp changes with the password, the teams with memberships."""

    user_id: UUID
    role: str
    stamp: str
    team_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """An API key without its secret; the id is the part of the key before the dot."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created: datetime
    expires: datetime | None
    last_used: datetime | None


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team; `is_manager` tells whether who asks manages it."""

    id: UUID
    name: str
    created: datetime
    is_manager: bool


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A user in a team, or one who is invited and has neither name nor `joined` yet."""

    user_id: UUID
    username: str | None
    is_manager: bool
    is_accepted: bool
    joined: datetime | None


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """A team that wants a user."""

    team_id: UUID
    team_name: str
    is_manager: bool
    invited: datetime


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A user's key in another source."""

    user_id: UUID
    source: str
    key: str
