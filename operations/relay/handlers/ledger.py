"""`transaction.posted`: an event in the stream `trivium.ledger`, once per transaction, by the transaction's own id."""

from collections.abc import Sequence
from typing import Any

import orjson

from operations.relay.handlers.payloads import by_message, id_of_key, read_each, user_actor
from operations.relay.handlers.streams import OwnStream, append_each
from operations.relay.outcomes import Outcome
from relational.rows import MessageRow
from relational.services.announcements import POSTED

LEDGER = OwnStream("trivium.ledger", actor_may_read=True)
# Below what an event's payload holds; of a transaction beyond it the event says how many entries it has.
MAX_PAYLOAD_BYTES = 60_000


def deliver_postings(messages: Sequence[MessageRow]) -> Sequence[Outcome]:
    """Append an event per posted transaction, at the time of its posting. Raises: StoreError, Conflict."""
    events, unreadable = read_each(messages, make_event)
    return by_message(messages, unreadable, append_each(LEDGER, events))


def make_event(message: MessageRow) -> dict[str, Any]:
    """Return the event of a message: the same one whenever it is made."""
    payload = dict(message.payload)
    if len(orjson.dumps(payload)) > MAX_PAYLOAD_BYTES:
        payload["omitted_entries"] = len(payload.pop("entries"))
    return {
        "id": str(id_of_key(message)),
        "time": payload["posted"],
        "kind": POSTED,
        "payload": payload,
        **user_actor(payload.get("posted_by")),
    }
