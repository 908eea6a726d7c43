"""Rows of messages to other stores: told, due, put off, dead and counted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class NewMessage:
    """Something to tell another store: `topic` says what, `key` what must stay in order, `payload` is plain JSON.

    It is due after `delay_s` seconds; later ones of its key wait for it.
    """

    topic: str
    key: str
    payload: dict[str, Any]
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message that is due; `id` orders the messages of a key."""

    id: int
    topic: str
    key: str
    payload: dict[str, Any]
    attempts: int
    created: datetime


@dataclass(frozen=True, slots=True)
class Setback:
    """Why a message was not delivered, and when it is tried again; only what `is_counted` leads to its death."""

    id: int
    error: str
    wait_s: float
    is_counted: bool
    is_dead: bool


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """A message that waits for an operator."""

    id: int
    topic: str
    key: str
    payload: dict[str, Any]
    attempts: int
    error: str
    created: datetime
    died: datetime


@dataclass(frozen=True, slots=True)
class TopicBacklog:
    """How many messages of a topic are left, how many are dead, and the age in seconds of the oldest that is left."""

    topic: str
    pending: int
    dead: int
    oldest_age_s: float
