"""Who owns what is loaded: users by name, and users by their key in a source. Called by the command and the targets."""

from uuid import UUID

from core.errors import NotFound
from core.principals import Principal, Role
from relational import selectors

NOBODY = UUID(int=0)


def principal_by_username(username: str) -> Principal:
    """Return the user of that name as a principal.

    Raises: NotFound when there is none.
    """
    found = selectors.users_page(Principal(NOBODY, Role.OPERATOR), limit=1, filters={"username": username})
    if not found:
        raise NotFound(f"there is no user {username!r}: load identities first, or make one with createsuperuser")
    return Principal(found[0].id, Role(found[0].role))
