"""`owner.summarised`: an owner's document in the collection `summaries`, each account as of its newest message.

A message names the accounts that a transaction touched, as they were when it held them locked: so of each account the
message with the greatest id says what is true.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from documents.services import NewerFields
from operations.relay.handlers.documents import store_each
from operations.relay.handlers.payloads import by_message, id_of_key, read_each
from operations.relay.outcomes import DELIVERED, Outcome
from relational.rows import MessageRow

SUMMARIES = "summaries"
COPIED = ("book", "number", "currency", "kind")


def deliver_summaries(messages: Sequence[MessageRow]) -> Sequence[Outcome]:
    """Replace what is older of each owner's accounts. Raises: StoreError, Conflict.

    Of the messages of one owner that come together the last that names an account tells it; the others are delivered
    when those are that took their place.
    """
    made, unreadable = read_each(messages, make_parts)
    latest = {(part.id, part.within): message for message, parts in made.items() for part in parts}
    told = [
        (message, part) for message, parts in made.items() for part in parts if latest[part.id, part.within] == message
    ]
    stored = store_each(SUMMARIES, told)
    return by_message(messages, unreadable, _with_replaced(made, latest, stored))


def make_parts(message: MessageRow) -> list[NewerFields]:
    """Return a part for each account that a message names."""
    owner_id = id_of_key(message)
    return [_part(owner_id, message, account) for account in message.payload["accounts"]]


def _part(owner_id: UUID, message: MessageRow, account: Mapping[str, Any]) -> NewerFields:
    fields = {name: account[name] for name in COPIED if name in account}
    fields |= {"balance": Decimal(account["balance"]), "transaction_id": message.payload.get("transaction_id")}
    return NewerFields(owner_id, message.id, fields, within=f"accounts.{UUID(account['id'])}")


def _with_replaced(
    made: Mapping[int, Sequence[NewerFields]],
    latest: Mapping[tuple[Any, str], int],
    stored: Mapping[int, Outcome],
) -> dict[int, Outcome]:
    """Give each message the worst outcome of those that tell its accounts."""
    outcomes = {}
    for message, parts in made.items():
        told = [stored[latest[part.id, part.within]] for part in parts]
        outcomes[message] = next((outcome for outcome in told if outcome is not DELIVERED), DELIVERED)
    return outcomes
