"""API keys: making, revoking and checking them. The library keeps the hash; the key's text is in no table.

A key that is revoked stays as a row, so that the admin tells what it was.
"""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, Q

from core.errors import Conflict, InvalidInput, NotFound, PermissionRefused
from core.principals import KEY_SCOPES, Principal, Role, Scope
from core.times import now
from relational.models import ACCEPTED, ApiKey, Membership, User
from relational.rows import ApiKeyRow
from relational.selectors.api_keys import api_key_row
from relational.services.users import wrong_field
from relational.translation import STORE, translated_errors

KEY_TEXT = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}", re.ASCII)
SEEN_EVERY = timedelta(minutes=1)
LONGEST_LIFE = timedelta(days=366)


def create_api_key(
    principal: Principal, *, name: str, scopes: Collection[str], expires: datetime
) -> tuple[ApiKeyRow, str]:
    """Make a key of the principal's for scopes of KEY_SCOPES, until `expires`; return it and its text, told only now.

    Raises: InvalidInput for a wrong field (`path` names it), Conflict over TRIVIUM_MAX_API_KEYS keys in use,
    PermissionRefused when the user was deactivated.
    """
    key = ApiKey(user_id=principal.user_id, name=name, scopes=_check_scopes(scopes), expiry_date=_check_expiry(expires))
    try:
        key.clean_fields(exclude=["id", "user", "prefix", "hashed_key", "scopes"])
    except ValidationError as error:
        raise wrong_field(error) from error
    text = ApiKey.objects.assign_key(key)
    with translated_errors(writes=True), transaction.atomic(using=STORE):
        _check_room(principal.user_id)
        key.save(force_insert=True)
    return api_key_row(key), text


def revoke_api_key(principal: Principal, key_id: str) -> None:
    """End a key of the principal's for good, at once.

    Raises: NotFound when there is none that is in use, or it is another's.
    """
    with translated_errors(writes=True):
        mine = ApiKey.objects.filter(user_id=principal.user_id, prefix=key_id, revoked=False)
        if not mine.update(revoked=True):
            raise NotFound("no such API key")


def principal_of_key(text: str) -> Principal | None:
    """Return who asks with a key's text: its user with the role and teams of this moment, within the key's scopes.

    None for a text that is no key, a key that is revoked or has ended, or whose user is deactivated.
    """
    if not KEY_TEXT.fullmatch(text):
        return None
    teams = Membership.objects.filter(ACCEPTED, user_id=OuterRef("user_id")).values("team_id")
    with translated_errors(writes=True):
        usable = ApiKey.objects.get_usable_keys().filter(user__is_active=True, expiry_date__gt=now())
        rows = usable.select_related("user").annotate(team_ids=ArraySubquery(teams))
        key = rows.filter(prefix=text.partition(".")[0]).first()
        if key is None or not key.is_valid(text):
            return None
        _note_use(key)
    scopes = frozenset(Scope(scope) for scope in key.scopes)
    return Principal(key.user_id, Role(key.user.role), frozenset(key.team_ids), scopes)


def _check_scopes(scopes: Collection[str]) -> list[str]:
    if not scopes or len(set(scopes)) < len(scopes) or not set(scopes) <= set(KEY_SCOPES):
        raise InvalidInput(f"scopes are one or more, each once, of: {', '.join(KEY_SCOPES)}", path="scopes")
    return sorted(scopes)


def _check_expiry(expires: datetime) -> datetime:
    if not now() < expires <= now() + LONGEST_LIFE:
        raise InvalidInput(f"a key ends in the future, within {LONGEST_LIFE.days} days", path="expires")
    return expires


def _check_room(user_id: UUID) -> None:
    """Hold the user's row, so that two requests do not both make the last key there is room for."""
    if not User.objects.select_for_update(no_key=True).filter(pk=user_id, is_active=True).exists():
        raise PermissionRefused("the user is deactivated")
    most = settings.MAX_API_KEYS  # type: ignore[misc]  # mypy does not see split settings
    in_use = ApiKey.objects.filter(Q(expiry_date=None) | Q(expiry_date__gt=now()), user_id=user_id, revoked=False)
    if in_use.count() >= most:
        raise Conflict(f"a user has at most {most} API keys: revoke one first")


def _note_use(key: ApiKey) -> None:
    """Write when the key was last used, once a minute at most, whatever many requests say at once."""
    moment = now()
    stale = Q(last_used=None) | Q(last_used__lt=moment - SEEN_EVERY)
    if key.last_used is None or key.last_used < moment - SEEN_EVERY:
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used=moment)
