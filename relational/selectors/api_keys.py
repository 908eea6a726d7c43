"""API keys: reads. Neither a key's text nor its hash leaves this room."""

from core.principals import Principal
from relational.models import ApiKey
from relational.rows import ApiKeyRow
from relational.translation import translated_errors


def api_keys_page(principal: Principal, *, limit: int, after: str = "") -> list[ApiKeyRow]:
    """Return up to `limit` of the principal's own keys that are not revoked, by id, from after an id."""
    keys = ApiKey.objects.filter(user_id=principal.user_id, revoked=False, prefix__gt=after).order_by("prefix")
    with translated_errors():
        return [api_key_row(key) for key in keys[:limit]]


def api_key_row(key: ApiKey) -> ApiKeyRow:
    """Return what may be told of a key."""
    return ApiKeyRow(key.prefix, key.name, tuple(key.scopes), key.created, key.expiry_date, key.last_used)
