"""Passwords: checked at log-in, changed, and reset by a link. A new password ends every refresh token made before.

A password is hashed outside of any transaction, for that is slow on purpose; it is then put in the place of the one
that was read, so that of two changes at once one fails.
"""

from uuid import UUID

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError

from core.errors import Conflict, InvalidInput, NotFound
from core.principals import Principal
from relational.models import User
from relational.rows import CredentialRow, ResetRow
from relational.selectors.identity import credential_row
from relational.translation import translated_errors

MOST_RESETS = 10
WRONG_LINK = "this link is wrong, was used or has ended: ask for a new one"


def credential_of_log_in(username: str, password: str) -> CredentialRow | None:
    """Return what the user's tokens are made from; None when the name or the password is wrong or the user inactive.

    A name that nobody bears costs the same time as a wrong password.
    """
    with translated_errors(writes=True):
        user = authenticate(username=username, password=password)
        return credential_row(user) if isinstance(user, User) else None


def change_password(principal: Principal, *, current: str, new: str) -> None:
    """Give the principal's user another password.

    Raises: InvalidInput whose `path` is `current_password` or `new_password`, NotFound when the user was deactivated,
    Conflict when the password was changed by another request meanwhile.
    """
    with translated_errors(writes=True):
        user = User.objects.filter(pk=principal.user_id, is_active=True).first()
        if user is None:
            raise NotFound("no such user")
        if not user.check_password(current):
            raise InvalidInput("this is not your password", path="current_password")
        if not _replace_password(user, new):
            raise Conflict("the password was changed meanwhile: log in again")


def make_resets(email: str) -> list[ResetRow]:
    """Return a token for each active user with a password and this mail address, whatever its case: the oldest ten."""
    with translated_errors():
        found = (
            User.objects.filter(email__iexact=email, is_active=True).order_by("pk") if email else User.objects.none()
        )
        users = [user for user in found[:MOST_RESETS] if user.has_usable_password()]
    return [ResetRow(user.id, user.username, user.email, default_token_generator.make_token(user)) for user in users]


def reset_password(user_id: UUID, token: str, *, new: str) -> None:
    """Give a user another password by the token of a reset, which is good once and for TRIVIUM_PASSWORD_RESET_S.

    Raises: InvalidInput whose `path` is `token` (a user that is not there has the same words) or `new_password`.
    """
    with translated_errors(writes=True):
        user = User.objects.filter(pk=user_id, is_active=True).first()
        if not default_token_generator.check_token(user, token) or user is None or not _replace_password(user, new):
            raise InvalidInput(WRONG_LINK, path="token")


def _replace_password(user: User, new: str) -> bool:
    """Write the new password if the old one is still what was read, and tell whether it was."""
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), path="new_password") from error
    return bool(User.objects.filter(pk=user.pk, password=user.password).update(password=make_password(new)))
