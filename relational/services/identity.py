"""Users and their keys in other sources: writes. Each function is one database transaction."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connections, transaction

from core.errors import Conflict, InvalidInput
from core.ids import new_id
from core.principals import Role
from relational.models import User
from relational.rows import CredentialRow
from relational.selectors.identity import credential_row
from relational.translation import STORE, translated_errors

BATCH_ROWS = 1000
USER_SOURCE = "user"
SOURCE_END = ":"

INSERT_KEYS = """
INSERT INTO relational_userkey (id, user_id, source, key)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[])
ON CONFLICT (user_id, source, key) DO NOTHING RETURNING id
"""


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
    user = User(username=username, email=email, first_name=first_name, last_name=last_name, role=role)
    user.is_staff = user.is_superuser = role is Role.ADMIN
    try:
        if password is not None:
            validate_password(password, user)
        user.set_password(password)
        user.clean_fields()
    except ValidationError as error:
        path = next(iter(error.message_dict), "") if hasattr(error, "error_dict") else "password"
        raise InvalidInput(" ".join(error.messages), path=path) from error
    with translated_errors(writes=True):
        if User.objects.filter(username=username).exists():
            raise Conflict(f"the name {username!r} is taken")
        user.save(force_insert=True)
    return user.id


def check_log_in(username: str, password: str) -> CredentialRow | None:
    """Return what the user's tokens are made from; None when the name or the password is wrong or the user inactive.

    A name that nobody bears costs the same time as a wrong password.
    """
    with translated_errors(writes=True):
        user = authenticate(username=username, password=password)
        return credential_row(user) if isinstance(user, User) else None


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
    unusable = make_password(None)
    with translated_errors(writes=True):
        missing = [User(username=name, password=unusable) for name in names]
        User.objects.bulk_create(missing, ignore_conflicts=True, batch_size=BATCH_ROWS)
        return dict(User.objects.filter(username__in=names).values_list("username", "id"))


def check_key(source: str, key: str) -> None:
    """Check what a user is called elsewhere.

    Raises: InvalidInput whose `path` is `source` or `key`: empty, over-long or with a NUL; or a source that would make
    the actor `<source>:<key>` somebody else's, as the source `user` makes a user and a colon another source's key.
    """
    for name, text, most in (("source", source, 100), ("key", key, 200)):
        if not text:
            raise InvalidInput(f"{name} is empty", path=name)
        if len(text) > most:
            raise InvalidInput(f"{name} has {len(text)} characters: at most {most}", path=name)
        if "\0" in text:
            raise InvalidInput(f"{name} has a NUL character", path=name)
    if source == USER_SOURCE or SOURCE_END in source:
        refused = f"{source[:40]!r} is no source of keys: not 'user', which are Trivium's own, and without a colon"
        raise InvalidInput(refused, path="source")


def add_keys(rows: Iterable[tuple[UUID, str, str]]) -> int:
    """Tie users to their keys in other sources, (user id, source, key); return how many were new.

    Raises: InvalidInput for a source or key that `check_key` refuses, Conflict when a user does not exist.
    """
    keys = sorted(set(rows))  # in one order, so that two loads wait for each other instead of locking each other out
    for _, source, key in keys:
        check_key(source, key)
    user_ids, sources, texts = ([row[place] for row in keys] for place in range(3))
    with translated_errors(writes=True), transaction.atomic(using=STORE), connections[STORE].cursor() as cursor:
        cursor.execute(INSERT_KEYS, [[new_id() for _ in keys], user_ids, sources, texts])
        return len(cursor.fetchall())
