"""Teams and who is in them: writes, each in one database transaction.

Whoever changes a team's members holds the team's row first and the user's then, so that what is counted stays so. The
memberships of this moment decide, not those of the token. Nobody is in a team unasked: whom a manager takes in is
invited, and a member from when they accept.
"""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.errors import Conflict, InvalidInput, NotFound, PermissionRefused
from core.principals import Principal, Role
from core.times import now
from relational.models import ACCEPTED, Account, Job, Membership, Team, User
from relational.rows import MemberRow, TeamRow
from relational.selectors.jobs import SHOWN
from relational.selectors.teams import member_row, team_by_id
from relational.services.users import wrong_field
from relational.translation import STORE, translated_errors

MANAGERS_ONLY = "only the team's managers and admins do that"
MOST_TEAMS = 50
"""Of a user: every access token carries them."""
MOST_INVITATIONS = 50
"""Of a user, open ones: with one more the oldest falls away, so that nobody is kept from inviting."""


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
        _check_teams(principal.user_id)
        Membership.objects.create(team=team, user_id=principal.user_id, is_manager=True)
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
    _managed_team(principal, team_id)


def delete_team(principal: Principal, team_id: UUID) -> None:
    """Delete a team with its memberships.

    Raises: NotFound, PermissionRefused as `change_team`, Conflict while it owns accounts, or jobs that are not deleted.
    """
    with translated_errors(writes=True), transaction.atomic(using=STORE):
        _hold_managed(principal, team_id)
        if Account.objects.filter(team_id=team_id).exists():
            raise Conflict("the team owns accounts: accounts are never deleted, so neither is the team")
        jobs = Job.objects.filter(team_id=team_id)
        if jobs.filter(SHOWN).exists():
            raise Conflict("the team owns jobs: cancel those that are open and delete them first")
        jobs.update(team=None)  # their files are still to be deleted
        Team.objects.filter(pk=team_id).delete()


def put_member(principal: Principal, team_id: UUID, user_id: UUID, *, is_manager: bool) -> MemberRow:
    """Invite a user into a team, or say whether a member manages it; whom an admin puts is a member at once.

    Raises: NotFound for a team or user that there is not, PermissionRefused as `change_team`, Conflict when the team
    would have no manager, or an admin's user is in MOST_TEAMS teams already.
    """
    with translated_errors(writes=True), transaction.atomic(using=STORE):
        _hold_managed(principal, team_id)
        if not _hold_user(user_id):
            raise NotFound("no such user")
        member = Membership.objects.filter(team_id=team_id, user_id=user_id).first()
        if member is None:
            member = _invite(team_id, user_id, is_manager=is_manager)
        elif member.is_manager is not is_manager:
            _keep_a_manager(member)
            member.is_manager = is_manager
            member.save(update_fields=["is_manager"])
        if principal.role is Role.ADMIN:
            _accept(member)
        return member_row(user_id, member.user.username, is_manager, member.accepted)


def accept_invitation(principal: Principal, team_id: UUID) -> None:
    """Make the principal's user a member of a team that invited them; for a member that changes nothing.

    Raises: NotFound when it did not, Conflict when the user is in MOST_TEAMS teams already, PermissionRefused when the
    user was deactivated.
    """
    with translated_errors(writes=True), transaction.atomic(using=STORE):
        _hold_team(team_id)
        if not _hold_user(principal.user_id):
            raise PermissionRefused("the user is deactivated")
        member = Membership.objects.filter(team_id=team_id, user_id=principal.user_id).first()
        if member is None:
            raise NotFound("no such invitation")
        _accept(member)


def remove_member(principal: Principal, team_id: UUID, user_id: UUID) -> None:
    """Take a member or an invitation out of a team; everybody may leave or decline.

    Raises: NotFound for a team or member that there is not, PermissionRefused as `change_team`, Conflict when the team
    would have no manager.
    """
    with translated_errors(writes=True), transaction.atomic(using=STORE):
        if user_id == principal.user_id:
            _hold_team(team_id)
        else:
            _hold_managed(principal, team_id)
        member = Membership.objects.filter(team_id=team_id, user_id=user_id).first()
        if member is None:
            raise NotFound("no such member")
        _keep_a_manager(member)
        member.delete()


def _hold_team(team_id: UUID) -> None:
    """Lock a team's row, if there is one."""
    list(Team.objects.select_for_update().filter(pk=team_id).values_list("pk"))


def _hold_managed(principal: Principal, team_id: UUID) -> TeamRow:
    """Lock a team's row for who manages it, or for an admin."""
    _hold_team(team_id)
    return _managed_team(principal, team_id)


def _managed_team(principal: Principal, team_id: UUID) -> TeamRow:
    team = team_by_id(principal, team_id)
    if not (team.is_manager or principal.role is Role.ADMIN):
        raise PermissionRefused(MANAGERS_ONLY)
    return team


def _hold_user(user_id: UUID) -> bool:
    """Lock a user's row, and tell whether there is such an active user."""
    return User.objects.select_for_update(no_key=True).filter(pk=user_id, is_active=True).exists()


def _invite(team_id: UUID, user_id: UUID, *, is_manager: bool) -> Membership:
    opened = Membership.objects.filter(~ACCEPTED, user_id=user_id).order_by("-created", "-id")
    too_old = list(opened.values_list("pk", flat=True)[MOST_INVITATIONS - 1 :])
    Membership.objects.filter(pk__in=too_old).delete()
    return Membership.objects.create(team_id=team_id, user_id=user_id, is_manager=is_manager, accepted=None)


def _accept(member: Membership) -> None:
    if member.accepted is None:
        _check_teams(member.user_id)
        member.accepted = now()
        member.save(update_fields=["accepted"])


def _check_teams(user_id: UUID) -> None:
    if Membership.objects.filter(ACCEPTED, user_id=user_id).count() >= MOST_TEAMS:
        raise Conflict(f"a user is in at most {MOST_TEAMS} teams")


def _keep_a_manager(member: Membership) -> None:
    others = Membership.objects.filter(ACCEPTED, team_id=member.team_id, is_manager=True).exclude(pk=member.pk)
    if member.accepted and member.is_manager and not others.exists():
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
