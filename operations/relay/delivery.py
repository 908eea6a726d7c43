"""Delivering one topic's messages of a batch to its handler, and what that means for each. Called by the loop."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.crashes import crash_point
from core.errors import StoreError
from operations.relay.outcomes import LONGEST_PAUSE_S, Fate, Outcome, outcome_of, wait_s
from operations.relay.topics import Topic
from relational.rows import MessageRow, Setback

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Delivery:
    """What became of messages: ids that arrived, setbacks of those that did not, why their store is away if it is."""

    delivered: list[int] = field(default_factory=list)
    setbacks: list[Setback] = field(default_factory=list)
    away: str = ""


def deliver_messages(messages: Sequence[MessageRow], topic: Topic, *, max_attempts: int, away: int) -> Delivery:
    """Hand messages of a topic to its handler; nothing that it raises ends the batch.

    `away` counts how often in a row the topic's store was away: the messages are put off the longer.
    """
    delivery = Delivery()
    outcomes = _ask_handler(topic, messages)
    crash_point("relay.topic_delivered")
    _sort_out(zip(messages, outcomes, strict=True), delivery, max_attempts=max_attempts, away=away)
    return delivery


def _ask_handler(topic: Topic, messages: Sequence[MessageRow]) -> Sequence[Outcome]:
    """Ask for all at once; where that fails and no store is the reason, one by one: none holds up the rest."""
    try:
        return topic.deliver(messages)
    except StoreError as error:
        return [outcome_of(error)] * len(messages)
    except Exception as error:
        if len(messages) == 1:
            logger.warning("%s is not delivered: %s", messages[0].key, error, exc_info=True)
            return [outcome_of(error)]
    return [outcome for message in messages for outcome in _ask_handler(topic, [message])]


def _sort_out(told: Iterable[tuple[MessageRow, Outcome]], delivery: Delivery, *, max_attempts: int, away: int) -> None:
    for message, outcome in told:
        if outcome.fate is Fate.DELIVERED:
            delivery.delivered.append(message.id)
        else:
            delivery.setbacks.append(_setback(message, outcome, max_attempts=max_attempts, away=away))
        if outcome.fate is Fate.POSTPONED and outcome.wait_s is None:
            delivery.away = outcome.error


def _setback(message: MessageRow, outcome: Outcome, *, max_attempts: int, away: int) -> Setback:
    is_counted = outcome.fate is not Fate.POSTPONED
    attempts = message.attempts + is_counted
    is_dead = outcome.fate is Fate.REFUSED or (is_counted and attempts >= max_attempts)
    if outcome.wait_s is not None:
        pause_s = outcome.wait_s
    elif is_counted:
        pause_s = wait_s(message.attempts)
    else:
        pause_s = wait_s(away, longest_s=LONGEST_PAUSE_S)
    if is_dead:
        logger.error("message %d (%s, %s) is dead: %s", message.id, message.topic, message.key, outcome.error)
    return Setback(message.id, outcome.error, pause_s, is_counted, is_dead)
