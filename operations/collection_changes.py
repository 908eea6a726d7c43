"""Intents: what a change of a collection leaves in the outbox before it is made, so that its audit event is never lost.

An intent is a message of the topic `collection.changed` that is not settled: whether its change was carried out is
known to MongoDB only. Who makes the change settles it at once; where that process died, whoever comes next does: the
relay, or the next change of the same collection. Both hold the collection's lock, which dies with its holder.
Called by `operations.collections` and by the relay's handler.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from core.errors import NotFound
from core.ids import new_id
from core.principals import SYSTEM, Principal
from core.times import format_time, now
from documents import selectors as documents_selectors
from documents import services as documents_services
from relational import selectors, services
from relational.locks import held_lock
from relational.rows import MessageRow, NewMessage
from relational.translation import STORE

TOPIC = "collection.changed"
CREATED, CHANGED, DELETED = "created", "changed", "deleted"
# A relay looks for an intent's fate when its maker had this long; the lock, not the time, keeps them apart.
GRACE_S = 10.0


@dataclass(frozen=True, slots=True)
class Intent:
    """An intent in the outbox: the message's id, and its payload."""

    message_id: int
    payload: Mapping[str, Any]

    @property
    def change_id(self) -> UUID:
        """The change's identity, in MongoDB and in the audit stream."""
        return UUID(self.payload["change_id"])


def lock_collection(name: str, *, wait_s: float) -> AbstractContextManager[None]:
    """Hold a collection against other changes through the API. Raises: Conflict, StoreError."""
    return held_lock(key_of(name), wait_s=wait_s)


def key_of(name: str) -> str:
    """Return the key of the messages about a collection."""
    return f"collection:{name}"


def leave_intent(principal: Principal, name: str, change: str, asked: Mapping[str, Any]) -> Intent:
    """Commit what is going to be done, before it is. Raises: StoreError."""
    payload: dict[str, Any] = {
        "change_id": str(new_id()),
        "change": change,
        "collection": name,
        "asked": dict(asked),
        "by": str(principal.user_id),
        "at": format_time(now()),
        "is_settled": False,
    }
    return Intent(_add(payload, delay_s=GRACE_S), payload)


def confirm_intent(intent: Intent) -> None:
    """Let the change be told: it was made. Raises: StoreError."""
    payload = {**intent.payload, "is_settled": True}
    if not services.amend_message(intent.message_id, payload):
        _add(payload)  # it was given up while this process was away; telling twice is telling once


def give_up_intent(intent: Intent) -> None:
    """Forget the change: it was not made. Raises: StoreError."""
    services.remove_message(intent.message_id)


def settle_intents(name: str) -> None:
    """Settle what others left behind, under the collection's lock. Raises: StoreError."""
    for message in selectors.pending_messages(key_of(name)):
        if not message.payload["is_settled"]:
            settle_intent(message)


def settle_intent(message: MessageRow) -> bool:
    """Ask MongoDB whether a change was made, finish it if it was begun, and return whether it is to be told.

    To be called under the collection's lock. Raises: StoreError.
    """
    intent = Intent(message.id, message.payload)
    name, change = message.payload["collection"], message.payload["change"]
    if change == DELETED:
        documents_services.finish_deletion(name)
    if not documents_selectors.applied_change(name, intent.change_id):
        give_up_intent(intent)
        return False
    if change == CHANGED:
        with suppress(NotFound):  # it was deleted since
            documents_services.change_collection(SYSTEM, name, change_id=intent.change_id)
    confirm_intent(intent)
    return True


def _add(payload: dict[str, Any], *, delay_s: float = 0.0) -> int:
    message = NewMessage(TOPIC, key_of(payload["collection"]), payload, delay_s)
    with transaction.atomic(using=STORE, durable=True):
        (message_id,) = services.add_messages([message])
    return message_id
