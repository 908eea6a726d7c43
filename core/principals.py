"""Who asks: the one thing permissions are decided on, below the web. Made by `api/authentication` and by commands."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person is to Trivium; all but a consumer read everything, operators and admins write it."""

    CONSUMER = "consumer"
    ANALYST = "analyst"
    OPERATOR = "operator"
    ADMIN = "admin"


class Scope(StrEnum):
    """What may be done at all: who logs in with a password may do it all, an API key what it was made for."""

    IDENTITY_READ = "identity:read"
    IDENTITY_WRITE = "identity:write"
    LEDGER_READ = "ledger:read"
    LEDGER_WRITE = "ledger:write"
    DOCUMENTS_READ = "documents:read"
    DOCUMENTS_WRITE = "documents:write"
    EVENTS_READ = "events:read"
    EVENTS_WRITE = "events:write"
    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"
    OPERATIONS_READ = "operations:read"
    OPERATIONS_WRITE = "operations:write"


SEES_EVERYTHING = frozenset({Role.ANALYST, Role.OPERATOR, Role.ADMIN})
WRITES_EVERYTHING = frozenset({Role.OPERATOR, Role.ADMIN})
ALL_SCOPES = frozenset(Scope)
KEY_SCOPES = tuple(scope for scope in Scope if scope is not Scope.IDENTITY_WRITE)
"""What an API key can be made for: people, passwords, keys and teams are changed by who logs in."""

SYSTEM_ID = UUID(int=0)
"""The owner of what Trivium makes on its own; no user or team bears it."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, a role, the teams the user is in, and what may be done at all (an API key's scopes).

    Owners are users and teams: their ids never collide, so one id says whose a thing is, in every store.
    """

    user_id: UUID
    role: Role = Role.CONSUMER
    team_ids: frozenset[UUID] = frozenset()
    scopes: frozenset[Scope] = field(default=ALL_SCOPES)

    @property
    def owner_ids(self) -> frozenset[UUID]:
        """The ids that make a thing this principal's: the user's and the teams'."""
        return self.team_ids | {self.user_id}

    @property
    def sees_everything(self) -> bool:
        """Tell whether this principal reads other people's things."""
        return self.role in SEES_EVERYTHING

    @property
    def writes_everything(self) -> bool:
        """Tell whether this principal changes other people's things."""
        return self.role in WRITES_EVERYTHING

    def owns(self, owner_id: UUID) -> bool:
        """Tell whether what has this owner is the principal's, or a team's that it is in."""
        return owner_id == self.user_id or owner_id in self.team_ids

    def reads_of(self, owner_id: UUID) -> bool:
        """Tell whether the principal reads what has this owner."""
        return self.sees_everything or self.owns(owner_id)

    def writes_of(self, owner_id: UUID) -> bool:
        """Tell whether the principal changes what has this owner; what is Trivium's own only Trivium itself."""
        if owner_id == SYSTEM_ID:
            return self.user_id == SYSTEM_ID
        return self.writes_everything or self.owns(owner_id)

    def sees_user(self, user_id: UUID) -> bool:
        """Tell whether the principal reads that user's profile."""
        return self.sees_everything or self.user_id == user_id


SYSTEM = Principal(SYSTEM_ID, Role.ADMIN)
"""Trivium itself: owns what it makes on its own, the streams and collections that the outbox feeds."""
