"""What an owner who is there may store: who owns is known to PostgreSQL. Called by `api/`."""

from uuid import UUID

from core.principals import Principal
from relational.selectors import check_owner
from timeseries import selectors, services
from timeseries.usage import OwnerUsage


def limit_usage(principal: Principal, owner_id: UUID, *, limit_bytes: int | None) -> OwnerUsage:
    """Let an owner's streams hold so many payload bytes; as `timeseries.services.limit_usage` takes them.

    Raises: as that; NotFound for an owner that is not there.
    """
    selectors.usage_of(principal, owner_id)
    if principal.writes_everything:
        check_owner(principal, owner_id)
    services.limit_usage(principal, owner_id, limit_bytes)
    return selectors.usage_of(principal, owner_id)
