"""`user.registered`, `user.changed`: the user's document in the collection `user-profiles`, as of the newest one."""

from collections.abc import Sequence

from documents.services import NewerFields
from operations.relay.handlers.documents import store_each
from operations.relay.handlers.payloads import by_message, id_of_key, read_each
from operations.relay.outcomes import Outcome
from relational.rows import MessageRow

PROFILES = "user-profiles"


def deliver_profiles(messages: Sequence[MessageRow]) -> Sequence[Outcome]:
    """Replace each user's document where it is older. Raises: StoreError, Conflict."""
    profiles, unreadable = read_each(messages, make_profile)
    return by_message(messages, unreadable, store_each(PROFILES, list(profiles.items())))


def make_profile(message: MessageRow) -> NewerFields:
    """Return what a message says of a user: all of its payload but the id, which is the document's."""
    fields = {name: value for name, value in message.payload.items() if name != "id"}
    return NewerFields(id_of_key(message), message.id, fields)
