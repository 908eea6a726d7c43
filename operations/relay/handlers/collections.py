"""`collection.changed`: an event in the stream `trivium.audit` for each change of a collection through the API."""

from collections.abc import Sequence
from typing import Any

from operations.relay.handlers.payloads import by_message, read_each, user_actor
from operations.relay.handlers.streams import OwnStream, append_each
from operations.relay.outcomes import Outcome
from relational.rows import MessageRow

AUDIT = OwnStream("trivium.audit", actor_may_read=False, peak_rate=1.0)
KIND = "collection.changed"


def deliver_changes(messages: Sequence[MessageRow]) -> Sequence[Outcome]:
    """Append an event per change, by the change's own id, at the time of asking. Raises: StoreError, Conflict."""
    events, unreadable = read_each(messages, make_event)
    return by_message(messages, unreadable, append_each(AUDIT, events))


def make_event(message: MessageRow) -> dict[str, Any]:
    """Return the event of a message: the same one whenever it is made."""
    payload = message.payload
    return {
        "id": payload["change_id"],
        "time": payload["at"],
        "kind": KIND,
        "payload": {name: payload[name] for name in ("collection", "change", "asked")},
        **user_actor(payload["by"]),
    }
