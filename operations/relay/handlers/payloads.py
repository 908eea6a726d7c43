"""Reading messages: what each of them makes, or why it makes nothing. Pure; called by handlers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from core.errors import InvalidInput
from operations.relay.outcomes import Outcome, outcome_of
from relational.rows import MessageRow

Made = TypeVar("Made")


def read_each(
    messages: Sequence[MessageRow], make: Callable[[MessageRow], Made]
) -> tuple[dict[int, Made], dict[int, Outcome]]:
    """Return what each message makes, and the outcomes of those that cannot be read, both by the message's id."""
    made: dict[int, Made] = {}
    unreadable: dict[int, Outcome] = {}
    for message in messages:
        try:
            made[message.id] = make(message)
        except InvalidInput as error:
            unreadable[message.id] = outcome_of(error)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            unreadable[message.id] = outcome_of(InvalidInput(f"no payload of {message.topic}: {error!r}"))
    return made, unreadable


def id_of_key(message: MessageRow) -> UUID:
    """Return the id that stands in a key like `owner:<id>`. Raises: ValueError."""
    return UUID(message.key.partition(":")[2])


def user_actor(user_id: str | None) -> Mapping[str, Any]:
    """Return the field of an event that names a user; none for nobody."""
    return {} if user_id is None else {"actor": f"user:{UUID(user_id)}"}


def by_message(messages: Sequence[MessageRow], *parts: Mapping[int, Outcome]) -> list[Outcome]:
    """Return the outcomes of messages in their order, from what each part of the work says."""
    outcomes = {message: outcome for part in parts for message, outcome in part.items()}
    return [outcomes[message.id] for message in messages]
