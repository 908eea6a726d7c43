"""Users and their keys in other sources: reads."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from core.errors import NotFound
from core.principals import Principal
from relational.filters import NO_FILTERS, UserFilter, narrow_rows, rows_after
from relational.models import ACCEPTED, User, UserKey
from relational.rows import CredentialRow, KeyRow, UserRow
from relational.translation import translated_errors

NO_ID = UUID(int=0)
USER_FIELDS = ("id", "username", "first_name", "last_name", "email", "role", "date_joined")


def user_by_id(principal: Principal, user_id: UUID) -> UserRow:
    """Return one user.

    Raises: NotFound when there is none, or it is not the principal's to see.
    """
    with translated_errors():
        fields = User.objects.filter(pk=user_id, is_active=True).values_list(*USER_FIELDS).first()
    if fields is None or not principal.sees_user(user_id):
        raise NotFound("no such user")
    return UserRow(*fields)


def users_by_id(principal: Principal, user_ids: Sequence[UUID]) -> dict[UUID, UserRow]:
    """Return those of the users that there are and that the principal may see."""
    visible = [user_id for user_id in user_ids if principal.sees_user(user_id)]
    with translated_errors():
        rows = User.objects.filter(pk__in=visible, is_active=True).values_list(*USER_FIELDS)
        return {fields[0]: UserRow(*fields) for fields in rows}


def users_page(
    principal: Principal,
    *,
    limit: int,
    last: UUID | None = None,
    descending: bool = False,
    filters: Mapping[str, Any] = NO_FILTERS,
) -> list[UserRow]:
    """Return up to `limit` users the principal may see, in the order of their ids, from after the last one seen.

    Filters are those of `UserFilter`. Raises: InvalidInput for a wrong one.
    """
    users = rows_after(User.objects.filter(is_active=True), last, descending=descending)
    if not principal.sees_everything:
        users = users.filter(pk=principal.user_id)
    users = narrow_rows(UserFilter, users, filters)
    with translated_errors():
        return [UserRow(*fields) for fields in users.values_list(*USER_FIELDS)[:limit]]


def credential_of_user(user_id: UUID) -> CredentialRow | None:
    """Return what an active user's tokens are made from; None for a deactivated or unknown user."""
    with translated_errors():
        user = User.objects.filter(pk=user_id, is_active=True).first()
        return None if user is None else credential_row(user)


def credential_row(user: User) -> CredentialRow:
    """Return what the user's tokens are made from."""
    teams = user.memberships.filter(ACCEPTED).order_by("team_id").values_list("team_id", flat=True)
    return CredentialRow(user.id, user.role, user.get_session_auth_hash(), tuple(teams))


def keys_of_users(user_ids: Sequence[UUID]) -> dict[UUID, list[KeyRow]]:
    """Return each user's keys in other sources."""
    found: dict[UUID, list[KeyRow]] = {user_id: [] for user_id in user_ids}
    with translated_errors():
        rows = UserKey.objects.filter(user_id__in=list(user_ids)).order_by("source", "key")
        for user_id, source, key in rows.values_list("user_id", "source", "key"):
            found[user_id].append(KeyRow(user_id, source, key))
    return found


def users_of_keys(source: str, keys: Iterable[str]) -> dict[str, UUID]:
    """Return the user of each key of one source; of several users the first made."""
    with translated_errors():
        rows = UserKey.objects.filter(source=source, key__in=list(keys)).order_by("-id")
        return dict(rows.values_list("key", "user_id"))
