"""Deleting teams that own nothing, in any store. Called by `api/`."""

from uuid import UUID

from core.errors import Conflict
from core.principals import Principal
from documents import selectors as documents
from operations.owners import lock_owner
from relational import services
from timeseries import selectors as timeseries

OWNED_ELSEWHERE = {"collections": documents.owns_collections, "streams": timeseries.owns_streams}
REMEDIES = {
    "collections": "delete them first, for a collection keeps its owner",
    "streams": "give each to another owner first",
}


def delete_team(principal: Principal, team_id: UUID) -> None:
    """Delete a team with its memberships; nothing is made for it meanwhile.

    Raises: NotFound, PermissionRefused for who is neither its manager nor an admin, Conflict while it owns anything;
    StoreError.
    """
    services.check_manages(principal, team_id)
    with lock_owner(team_id):
        for kind, owns in OWNED_ELSEWHERE.items():
            if owns(team_id):
                raise Conflict(f"the team owns {kind}: {REMEDIES[kind]}")
        services.delete_team(principal, team_id)
