"""`collection.changed`: an event in the stream `trivium.audit` for each change of a collection through the API."""

from collections.abc import Sequence
from typing import Any

import orjson

from core.errors import Conflict
from operations.collection_changes import TOPIC, lock_collection, settle_intent
from operations.relay.handlers.payloads import by_message, read_each, user_actor
from operations.relay.handlers.streams import OwnStream, append_each
from operations.relay.outcomes import DELIVERED, Fate, Outcome
from relational.rows import MessageRow
from relational.selectors import pending_messages

AUDIT = OwnStream("trivium.audit", actor_may_read=False, peak_rate=1.0)
MAX_ASKED_BYTES = 60_000
BUSY = Outcome(Fate.POSTPONED, "the change is being made", wait_s=2.0)


def deliver_changes(messages: Sequence[MessageRow]) -> Sequence[Outcome]:
    """Append an event per change, by the change's own id, at the time of asking. Raises: StoreError, Conflict.

    What is not settled is settled first; of a change that was never made nothing is told.
    """
    fates, unreadable = read_each(messages, _settle)
    told = [message for message in messages if message.id in fates and fates[message.id] is None]
    settled = {message: fate for message, fate in fates.items() if fate is not None}
    events, illegible = read_each(told, make_event)
    return by_message(messages, unreadable, settled, illegible, append_each(AUDIT, events))


def _settle(message: MessageRow) -> Outcome | None:
    """Return None for a change to be told, else what becomes of the message."""
    if message.payload["is_settled"]:
        return None
    try:
        with lock_collection(message.payload["collection"], wait_s=0.0):
            current = [each for each in pending_messages(message.key) if each.id == message.id]
            if not current:  # its maker gave it up in the meantime
                return DELIVERED
            is_told = current[0].payload["is_settled"] or settle_intent(current[0])
    except Conflict:
        return BUSY
    return None if is_told else DELIVERED


def make_event(message: MessageRow) -> dict[str, Any]:
    """Return the event of a message: the same one whenever it is made."""
    payload = message.payload
    asked = payload["asked"]
    if len(orjson.dumps(asked)) > MAX_ASKED_BYTES:
        asked = {name: value for name, value in asked.items() if name != "schema"}
    return {
        "id": payload["change_id"],
        "time": payload["at"],
        "kind": TOPIC,
        "payload": {"collection": payload["collection"], "change": payload["change"], "asked": asked},
        **user_actor(payload["by"]),
    }
