"""Teams and who is in them: writes, each in one database transaction.

Whoever changes a team's members holds the team's row first and the user's then, so that what is counted stays so. The
memberships of this moment decide, not those of the token.
"""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.errors import Conflict, InvalidInput, NotFound, PermissionRefused
from core.principals import Principal, Role
from relational.models import Account, Membership, Team, User
from relational.rows import MemberRow, TeamRow
from relational.selectors.teams import team_by_id
from relational.services.users import wrong_field
from relational.translation import STORE, translated_errors

MANAGERS_ONLY = "only the team's managers and admins do that"
MOST_TEAMS = 50
"""Of a user: every access token carries them."""


def create_team(principal: Principal, name: str) -> TeamRow:
    """Make a team whose manager is the principal's user.

    Raises: InvalidInput for a wrong name, Conflict when it is taken or the user is in MOST_TEAMS teams already,
    PermissionRefused when the user was deactivated.
    """
    team = _named(Team(), name)
    with translated_errors(writes=True), transaction.atomic(using=STORE):
        if not _hold_user(principal.user_id):
            raise PermissionRefused("the user is deactivated")
        _save_team(team)
        _add_member(team.id, principal.user_id, is_manager=True)
    return TeamRow(team.id, team.name, team.created, is_manager=True)


def change_team(principal: Principal, team_id: UUID, *, name: str) -> TeamRow:
    """Give a team another name.

    Raises: NotFound, PermissionRefused for who is neither its manager nor an admin, InvalidInput, Conflict when the
    name is taken.
    """
    with translated_errors(writes=True), transaction.atomic(using=STORE):
        row = _hold_managed(principal, team_id)
        team = _named(Team.objects.get(pk=team_id), name)
        _save_team(team)
    return TeamRow(team.id, team.name, team.created, row.is_manager)


def check_manages(principal: Principal, team_id: UUID) -> None:
    """Check that the principal may rename, fill and delete a team.

    Raises: NotFound, PermissionRefused for who is neither its manager nor an admin.
    """
    team = team_by_id(principal, team_id)
    if not (team.is_manager or principal.role is Role.ADMIN):
        raise PermissionRefused(MANAGERS_ONLY)


def delete_team(principal: Principal, team_id: UUID) -> None:
    """Delete a team with its memberships.

    Raises: NotFound, PermissionRefused as `change_team`, Conflict while it owns accounts.
    """
    with translated_errors(writes=True), transaction.atomic(using=STORE):
        _hold_managed(principal, team_id)
        if Account.objects.filter(team_id=team_id).exists():
            raise Conflict("the team owns accounts: accounts are never deleted, so neither is the team")
        Team.objects.filter(pk=team_id).delete()


def put_member(principal: Principal, team_id: UUID, user_id: UUID, *, is_manager: bool) -> MemberRow:
    """Take a user into a team, or say whether a member manages it.

    Raises: NotFound for a team or user that there is not, PermissionRefused as `change_team`, Conflict when the team
    would have no manager, or the user is in MOST_TEAMS teams already.
    """
    with translated_errors(writes=True), transaction.atomic(using=STORE):
        _hold_managed(principal, team_id)
        if not _hold_user(user_id):
            raise NotFound("no such user")
        member = Membership.objects.filter(team_id=team_id, user_id=user_id).first()
        if member is None:
            member = _add_member(team_id, user_id, is_manager=is_manager)
        elif member.is_manager is not is_manager:
            _keep_a_manager(member)
            member.is_manager = is_manager
            member.save(update_fields=["is_manager"])
        return MemberRow(user_id, member.user.username, is_manager, member.created)


def remove_member(principal: Principal, team_id: UUID, user_id: UUID) -> None:
    """Take a member out of a team; everybody may leave.

    Raises: NotFound for a team or member that there is not, PermissionRefused as `change_team`, Conflict when the team
    would have no manager.
    """
    with translated_errors(writes=True), transaction.atomic(using=STORE):
        _hold_managed(principal, team_id, or_about=user_id)
        member = Membership.objects.filter(team_id=team_id, user_id=user_id).first()
        if member is None:
            raise NotFound("no such member")
        _keep_a_manager(member)
        member.delete()


def _hold_managed(principal: Principal, team_id: UUID, *, or_about: UUID | None = None) -> TeamRow:
    """Lock a team's row for who manages it, for an admin, or for a member about whom it is."""
    held = Team.objects.select_for_update().filter(pk=team_id)
    list(held.values_list("pk"))
    team = team_by_id(principal, team_id)
    if not (team.is_manager or principal.role is Role.ADMIN or or_about == principal.user_id):
        raise PermissionRefused(MANAGERS_ONLY)
    return team


def _hold_user(user_id: UUID) -> bool:
    """Lock a user's row, and tell whether there is such an active user."""
    return User.objects.select_for_update(no_key=True).filter(pk=user_id, is_active=True).exists()


def _add_member(team_id: UUID, user_id: UUID, *, is_manager: bool) -> Membership:
    _check_teams(user_id)
    return Membership.objects.create(team_id=team_id, user_id=user_id, is_manager=is_manager)


def _check_teams(user_id: UUID) -> None:
    if Membership.objects.filter(user_id=user_id).count() >= MOST_TEAMS:
        raise Conflict(f"a user is in at most {MOST_TEAMS} teams")


def _keep_a_manager(member: Membership) -> None:
    others = Membership.objects.filter(team_id=member.team_id, is_manager=True).exclude(pk=member.pk)
    if member.is_manager and not others.exists():
        raise Conflict("the team would have no manager: make somebody else its manager first")


def _named(team: Team, name: str) -> Team:
    if name != name.strip():
        raise InvalidInput("a name neither begins nor ends with a blank", path="name")
    team.name = name
    try:
        team.clean_fields(exclude=["id", "created"])
    except ValidationError as error:
        raise wrong_field(error) from error
    return team


def _save_team(team: Team) -> None:
    try:
        team.save()
    except IntegrityError as error:
        raise Conflict(f"a team is called {team.name!r} already") from error
