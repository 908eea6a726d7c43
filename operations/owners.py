"""Owners held: while something is made for a user or team in another store, the team is not deleted; nor the reverse.

Called by `operations.collections`, `operations.streams` and `operations.teams`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from uuid import UUID

from core.principals import Principal
from relational.locks import held_lock
from relational.selectors import check_owner

LOCK_WAIT_S = 5.0


def lock_owner(owner_id: UUID) -> AbstractContextManager[None]:
    """Hold an owner against being deleted, and against being given things, by others. Raises: Conflict, StoreError."""
    return held_lock(f"owner:{owner_id}", wait_s=LOCK_WAIT_S)


@contextmanager
def held_owner(principal: Principal, owner_id: UUID | None) -> Iterator[None]:
    """Let an owner whom the principal names be there for the block; None and the principal itself are not looked up.

    Raises: PermissionRefused and NotFound as `check_owner`; Conflict, StoreError.
    """
    if owner_id is None or owner_id == principal.user_id:
        yield
        return
    check_owner(principal, owner_id)  # whoever may not name the owner does not hold it, either
    with lock_owner(owner_id):
        check_owner(principal, owner_id)
        yield
