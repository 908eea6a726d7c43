"""Storing in collections of Trivium's own, made when they are missing. Called by handlers."""

from collections.abc import Sequence

from core.errors import Conflict
from core.principals import SYSTEM
from documents import services
from documents.rows import ItemResult, Status, Visibility
from operations.relay.outcomes import DELIVERED, Outcome, outcome_of_code

Item = tuple[int, services.NewerFields]


def store_each(collection: str, items: Sequence[Item]) -> dict[int, Outcome]:
    """Store what messages made, several of one message where it made several; a message's outcome is its worst.

    Raises: StoreError; Conflict when somebody else has a collection of that name.
    """
    if not items:
        return {}
    row = services.ensure_collection(SYSTEM, collection, visibility=Visibility.LINKED)
    if row.owner != SYSTEM.user_id:
        raise Conflict(f"the collection {collection!r} belongs to {row.owner}: nothing of others is written there")
    results = services.store_newer_fields(SYSTEM, collection, [item for _, item in items])
    outcomes: dict[int, Outcome] = {}
    for (message, _), result in zip(items, results, strict=True):
        if outcomes.get(message, DELIVERED) is DELIVERED:
            outcomes[message] = _outcome(result)
    return outcomes


def _outcome(result: ItemResult) -> Outcome:
    return DELIVERED if result.status is Status.STORED else outcome_of_code(result.code, result.reason)
