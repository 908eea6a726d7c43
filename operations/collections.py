"""Changes of collections through the API: made in MongoDB, told in the stream `trivium.audit`, both or neither.

Called by `api/`. The change is committed in PostgreSQL as an intent, made, and then told (`collection_changes`).
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from core.crashes import crash_point
from core.errors import Conflict, InvalidInput, NotFound, PermissionRefused, StoreError, TriviumError
from core.principals import SYSTEM, Principal
from documents import services
from documents.rows import CollectionRow
from documents.services.declarations import UNCHANGED, check_declaration, check_name
from operations.collection_changes import (
    CHANGED,
    CREATED,
    DELETED,
    confirm_intent,
    give_up_intent,
    leave_intent,
    lock_collection,
    settle_intents,
)
from operations.owners import held_owner
from operations.relay.handlers.profiles import PROFILES
from operations.relay.handlers.summaries import SUMMARIES

logger = logging.getLogger(__name__)
Made = TypeVar("Made")
OWN = frozenset({PROFILES, SUMMARIES})
LOCK_WAIT_S = 5.0
NOT_TOLD = frozenset({"precondition", "timeout_s", "checks_documents"})


def create_collection(principal: Principal, name: str, **declared: Any) -> CollectionRow:
    """Make a collection; `declared` and what is raised are those of `documents.services.create_collection`.

    Raises: Conflict for a name that Trivium keeps for itself, NotFound for an owner that is not there, too.
    """
    check_declaration({**declared, "name": name})
    if name in OWN and principal != SYSTEM:
        raise Conflict(f"the name {name!r} is kept for Trivium itself: choose another name")
    with held_owner(principal, declared.get("owner")):
        return _carry_out(
            principal,
            name,
            CREATED,
            declared,
            lambda change_id: services.create_collection(principal, name, change_id=change_id, **declared),
        )


def change_collection(principal: Principal, name: str, **declared: Any) -> CollectionRow:
    """Declare parts of a collection anew; `declared` as `documents.services.change_collection` takes them.

    Raises: as that; PermissionRefused for a collection that Trivium keeps.
    """
    _require_changeable(principal, name)
    return _carry_out(
        principal,
        name,
        CHANGED,
        declared,
        lambda change_id: services.change_collection(principal, name, change_id=change_id, **declared),
    )


def delete_collection(principal: Principal, name: str, **how: Any) -> None:
    """Delete a collection; `how` as `documents.services.delete_collection` takes it.

    Raises: as that; PermissionRefused for a collection that Trivium keeps.
    """
    _require_changeable(principal, name)
    _carry_out(
        principal,
        name,
        DELETED,
        how,
        lambda change_id: services.delete_collection(principal, name, change_id=change_id, **how),
    )


def _require_changeable(principal: Principal, name: str) -> None:
    """Check a name. Raises: NotFound for one that no collection has, PermissionRefused for Trivium's own."""
    try:
        check_name(name)
    except InvalidInput as error:
        raise NotFound("no such collection") from error
    if name in OWN and principal != SYSTEM:
        raise PermissionRefused(f"the collection {name!r} is kept by Trivium itself")


def _carry_out(
    principal: Principal, name: str, change: str, asked: Mapping[str, Any], make: Callable[[UUID], Made]
) -> Made:
    with lock_collection(name, wait_s=LOCK_WAIT_S):
        settle_intents(name)
        intent = leave_intent(principal, name, change, _plain(asked))
        crash_point("collections.intent_left")
        try:
            made = make(intent.change_id)
        except StoreError:
            raise  # done or not: whoever settles the intent finds out
        except TriviumError:
            give_up_intent(intent)
            raise
        crash_point("collections.change_made")
        try:
            confirm_intent(intent)
        except StoreError as error:
            logger.warning("the change of %r is told later: %s", name, error.message)
        crash_point("collections.change_confirmed")
        return made


def _plain(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, UUID) else value
        for name, value in asked.items()
        if name not in NOT_TOLD and value is not UNCHANGED
    }
