"""Who asks: the one thing permissions are decided on, below the web. Made by `api/authentication` and by commands."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person is to Trivium; every next one may read more than the one before."""

    CONSUMER = "consumer"
    ANALYST = "analyst"
    OPERATOR = "operator"
    ADMIN = "admin"


SEES_EVERYTHING = frozenset({Role.ANALYST, Role.OPERATOR, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Principal:
    """A user and a role; `sees_everything` is reading, never writing."""

    user_id: UUID
    role: Role = Role.CONSUMER

    @property
    def sees_everything(self) -> bool:
        """Tell whether this principal reads other people's things."""
        return self.role in SEES_EVERYTHING

    def sees_user(self, user_id: UUID) -> bool:
        """Tell whether this principal reads what belongs to that user."""
        return self.sees_everything or self.user_id == user_id
