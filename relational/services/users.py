"""Users: writes, each in one database transaction with the message that tells the other stores."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.errors import Conflict, InvalidInput, NotFound, PermissionRefused
from core.principals import Principal, Role
from core.times import format_time
from relational.models import User
from relational.rows import NewMessage, UserRow, UserStateRow
from relational.selectors.identity import user_by_id
from relational.services.outbox import add_messages
from relational.translation import STORE, translated_errors

BATCH_ROWS = 1000
REGISTERED, CHANGED = "user.registered", "user.changed"
PROFILE_FIELDS = frozenset({"first_name", "last_name", "email"})


def create_user(
    username: str,
    *,
    password: str | None = None,
    role: Role = Role.CONSUMER,
    email: str = "",
    first_name: str = "",
    last_name: str = "",
) -> UUID:
    """Create a user and return the id; without a password nobody can log in as them.

    Raises: InvalidInput for a wrong field (`path` names it), Conflict when the name is taken.
    """
    user = User(username=username, email=email, first_name=first_name, last_name=last_name)
    _give_role(user, role)
    try:
        if password is not None:
            validate_password(password, user)
        user.set_password(password)
        user.clean_fields()
    except ValidationError as error:
        raise wrong_field(error, otherwise="password") from error
    _check_form(username, path="username")
    with translated_errors(writes=True), transaction.atomic(using=STORE):
        _insert(user)
        announce_users(REGISTERED, [user])
    return user.id


def ensure_users(usernames: Iterable[str]) -> dict[str, UUID]:
    """Return each name's id; who is missing is made, as a consumer without a password.

    Raises: InvalidInput for a name that is no username.
    """
    names = sorted(set(usernames))
    for name in names:
        try:
            User._meta.get_field("username").clean(name, None)
        except ValidationError as error:
            raise InvalidInput(f"{name[:40]!r} is no username: {' '.join(error.messages)}", path="user") from error
        _check_form(name, path="user")
    unusable = make_password(None)
    with translated_errors(writes=True), transaction.atomic(using=STORE):
        offered = [User(username=name, password=unusable) for name in names]
        User.objects.bulk_create(offered, ignore_conflicts=True, batch_size=BATCH_ROWS)
        found = dict(User.objects.filter(username__in=names).values_list("username", "id"))
        # Ids are made here: who bears the id that was offered is new.
        announce_users(REGISTERED, [user for user in offered if found[user.username] == user.id])
    return found


def change_profile(principal: Principal, changes: Mapping[str, str]) -> UserRow:
    """Change the principal's own names and mail address, those of PROFILE_FIELDS that are given; return the user.

    Raises: InvalidInput for a wrong field (`path` names it), NotFound when the user was deactivated.
    """
    if not PROFILE_FIELDS.issuperset(changes):
        raise InvalidInput(f"of a profile these change: {', '.join(sorted(PROFILE_FIELDS))}")
    with translated_errors(writes=True), transaction.atomic(using=STORE):
        user = User.objects.select_for_update(no_key=True).filter(pk=principal.user_id, is_active=True).first()
        if user is None:
            raise NotFound("no such user")
        for name, text in changes.items():
            setattr(user, name, text)
        try:
            user.clean_fields(exclude={field.name for field in User._meta.fields} - set(changes))
        except ValidationError as error:
            raise wrong_field(error) from error
        _save(user, changes)
    return UserRow(*_fields(user))


def change_user(
    principal: Principal, user_id: UUID, *, role: Role | None = None, is_active: bool | None = None
) -> UserStateRow:
    """Change another user's role, or deactivate or activate them; only admins do. Return the user.

    Tokens that are out say the role of before until they end; a refresh and an API key go by the new state at once.

    Raises: NotFound, PermissionRefused for who sees the user and is no admin at this moment, Conflict for the admin's
    own user, so that one is always left.
    """
    if principal.role is not Role.ADMIN:
        user_by_id(principal, user_id)
        raise PermissionRefused("only admins change what other users are")
    with translated_errors(writes=True), transaction.atomic(using=STORE):
        # The token may be some minutes old: who is no admin any more must not make one.
        if not User.objects.filter(pk=principal.user_id, role=Role.ADMIN, is_active=True).exists():
            raise PermissionRefused("you are no admin any more")
        user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
        if user is None:
            raise NotFound("no such user")
        if user.id == principal.user_id:
            raise Conflict("another admin changes what you are")
        _give_role(user, role or Role(user.role))
        user.is_active = user.is_active if is_active is None else is_active
        _save(user, ("role", "is_staff", "is_superuser", "is_active"))
    return UserStateRow(*_fields(user), user.is_active)


def announce_users(topic: str, users: Iterable[User]) -> None:
    """Tell the other stores, in the open transaction, what users are now."""
    add_messages([NewMessage(topic, f"user:{user.id}", _payload(user)) for user in users])


def wrong_field(error: ValidationError, *, otherwise: str = "") -> InvalidInput:
    """Say what Django's validators refused, by the field's name."""
    path = next(iter(error.message_dict), "") if hasattr(error, "error_dict") else otherwise
    return InvalidInput(" ".join(error.messages), path=path)


def _check_form(username: str, *, path: str) -> None:
    """Refuse a name that looks like another in Unicode's eyes. Raises: InvalidInput."""
    if User.normalize_username(username) != username:
        raise InvalidInput(f"{username[:40]!r} is no username: write it in Unicode's form NFKC", path=path)


def _insert(user: User) -> None:
    taken = f"the name {user.username!r} is taken"
    if User.objects.filter(username=user.username).exists():
        raise Conflict(taken)
    try:
        user.save(force_insert=True)
    except IntegrityError as error:  # somebody else was faster
        raise Conflict(taken) from error


def _save(user: User, names: Iterable[str]) -> None:
    user.save(update_fields=list(names))
    announce_users(CHANGED, [user])


def _give_role(user: User, role: Role) -> None:
    user.role = role.value
    user.is_staff = user.is_superuser = role is Role.ADMIN


def _fields(user: User) -> tuple[UUID, str, str, str, str, str, datetime]:
    return user.id, user.username, user.first_name, user.last_name, user.email, user.role, user.date_joined


def _payload(user: User) -> dict[str, str]:
    return {
        "id": str(user.id),
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "role": user.role,
        "joined": format_time(user.date_joined),
    }
