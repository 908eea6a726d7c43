"""Telling other stores what is committed here: messages written in the transaction of what they tell.

Called by this room's services and by `operations/`, inside an open transaction; relays deliver (`operations/relay`).
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.db import connections

from relational.prepared import fetch_rows
from relational.rows import NewMessage
from relational.translation import STORE, translated_errors

LANES = 64
INSERT_MESSAGES = """
INSERT INTO relational_outboxmessage (lane, key, topic, payload, available, state, attempts, error)
SELECT lane, key, topic, payload, now() + make_interval(secs => delay_s), 'pending', 0, ''
FROM jsonb_to_recordset(%s::jsonb) AS told (lane smallint, key text, topic text, payload jsonb, delay_s float8)
RETURNING id
"""
# What is not pending any more is not found: somebody else has told it, or told that there is nothing to tell.
AMEND_MESSAGE = """
UPDATE relational_outboxmessage SET payload = %s::jsonb, available = now() WHERE id = %s AND state = 'pending'
"""
REMOVE_MESSAGE = "DELETE FROM relational_outboxmessage WHERE id = %s AND state = 'pending'"


def lane_of(key: str) -> int:
    """Return the lane in which a key's messages are delivered, one after the other."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:2], "big") % LANES


def encode_messages(messages: Sequence[NewMessage]) -> str:
    """Write messages as the one parameter of INSERT_MESSAGES: quoting arrays of JSON costs more than all the rest."""
    return json.dumps(
        [
            {
                "lane": lane_of(message.key),
                "key": message.key,
                "topic": message.topic,
                "payload": message.payload,
                "delay_s": message.delay_s,
            }
            for message in messages
        ]
    )


def add_messages(messages: Sequence[NewMessage]) -> list[int]:
    """Write messages into the open transaction and return their ids; whoever holds what a key names keeps their order.

    Raises: RuntimeError outside a transaction, where what is told and its telling could part.
    """
    if not connections[STORE].in_atomic_block:
        raise RuntimeError("an outbox message is written in the transaction of what it tells")
    with translated_errors(writes=True):
        return [row_id for (row_id,) in fetch_rows(INSERT_MESSAGES, [encode_messages(messages)])]


def amend_message(message_id: int, payload: dict[str, Any]) -> bool:
    """Give a pending message another payload and let it be due; False when it is not pending. Raises: StoreError."""
    with translated_errors(writes=True), connections[STORE].cursor() as cursor:
        cursor.execute(AMEND_MESSAGE, [json.dumps(payload), message_id])
        return bool(cursor.rowcount)


def remove_message(message_id: int) -> None:
    """Delete a pending message: there is nothing to tell. Raises: StoreError."""
    with translated_errors(writes=True), connections[STORE].cursor() as cursor:
        cursor.execute(REMOVE_MESSAGE, [message_id])
