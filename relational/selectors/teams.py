"""Teams, their members, and who may own things: reads.

A principal that does not see everything sees the teams it is in, by the memberships of this moment: its token may be
some minutes older.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from core.errors import NotFound, PermissionRefused
from core.principals import Principal
from relational.models import ACCEPTED, Membership, Team, User
from relational.rows import InvitationRow, MemberRow, TeamRow
from relational.selectors.identity import NO_ID
from relational.translation import translated_errors

TEAM_FIELDS = ("id", "name", "created", "is_manager")
MEMBER_FIELDS = ("user_id", "user__username", "is_manager", "accepted")
INVITATION_FIELDS = ("team_id", "team__name", "is_manager", "created")


def teams_page(principal: Principal, *, limit: int, after: UUID = NO_ID) -> list[TeamRow]:
    """Return up to `limit` teams the principal may see, in the order of their ids, from after an id."""
    with translated_errors():
        rows = _seen_teams(principal).filter(pk__gt=after).order_by("pk").values_list(*TEAM_FIELDS)
        return [TeamRow(*fields) for fields in rows[:limit]]


def team_by_id(principal: Principal, team_id: UUID) -> TeamRow:
    """Return one team.

    Raises: NotFound when there is none, or it is not the principal's to see.
    """
    with translated_errors():
        fields = _seen_teams(principal).filter(pk=team_id).values_list(*TEAM_FIELDS).first()
    if fields is None:
        raise NotFound("no such team")
    return TeamRow(*fields)


def members_page(principal: Principal, team_id: UUID, *, limit: int, after: UUID = NO_ID) -> list[MemberRow]:
    """Return up to `limit` active or invited users of a team, in the order of their ids, from after an id.

    Raises: NotFound as `team_by_id`.
    """
    team_by_id(principal, team_id)
    with translated_errors():
        members = Membership.objects.filter(team_id=team_id, user_id__gt=after, user__is_active=True)
        return [member_row(*fields) for fields in members.order_by("user_id").values_list(*MEMBER_FIELDS)[:limit]]


def member_row(user_id: UUID, username: str, is_manager: bool, accepted: datetime | None) -> MemberRow:  # noqa: FBT001 - a column
    """Return a membership as others in the team see it: who did not accept it has no name."""
    return MemberRow(user_id, username if accepted else None, is_manager, accepted is not None, accepted)


def invitations_page(principal: Principal, *, limit: int, after: UUID = NO_ID) -> list[InvitationRow]:
    """Return up to `limit` of the principal's open invitations, in the order of the teams' ids, from after an id."""
    with translated_errors():
        mine = Membership.objects.filter(~ACCEPTED, user_id=principal.user_id, team_id__gt=after)
        return [InvitationRow(*fields) for fields in mine.order_by("team_id").values_list(*INVITATION_FIELDS)[:limit]]


def check_owner(principal: Principal, owner_id: UUID) -> bool:
    """Check that the principal may make things for an owner that there is; tell whether it is a team.

    Raises: PermissionRefused for an owner who is neither the principal's user nor a team it is in, whether that exists
    or not, unless the principal writes everything; NotFound when there is none.
    """
    if not principal.writes_of(owner_id):
        raise PermissionRefused("an owner is your own user or a team that you are in", path="owner_id")
    with translated_errors():
        is_team = Team.objects.filter(pk=owner_id).exists()
        if not is_team and not User.objects.filter(pk=owner_id, is_active=True).exists():
            raise NotFound(f"no owner {owner_id}", path="owner_id")
    return is_team


def _seen_teams(principal: Principal) -> QuerySet[Team]:
    mine = Membership.objects.filter(ACCEPTED, team_id=OuterRef("pk"), user_id=principal.user_id)
    teams = Team.objects.annotate(is_manager=Exists(mine.filter(is_manager=True)))
    return teams if principal.sees_everything else teams.filter(Exists(mine))
