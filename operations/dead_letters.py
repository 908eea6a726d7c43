"""Dead messages of the outbox, for operators: looking at them and letting them be delivered again. Called by `api/`."""

from core.errors import NotFound, PermissionRefused
from core.principals import Principal
from relational import selectors, services
from relational.rows import DeadMessage

NOT_DEAD = "no such message, or it is not dead"
LAST_ID = (1 << 63) - 1


def dead_messages_page(principal: Principal, *, limit: int, after: int = 0) -> list[DeadMessage]:
    """Return up to `limit` dead messages by id, after an id; none for who does not see everything.

    Raises: StoreError.
    """
    return selectors.dead_messages(limit=limit, after=after) if principal.sees_everything else []


def replay_message(principal: Principal, message_id: int) -> None:
    """Let a dead message be delivered again, with attempts counted anew.

    Raises: NotFound when it is not there, not dead or not the principal's to see; PermissionRefused; StoreError.
    """
    if not principal.sees_everything or message_id > LAST_ID:
        raise NotFound(NOT_DEAD)
    if not principal.writes_everything:
        raise PermissionRefused("operators let messages be delivered again")
    if not services.replay_messages([message_id]):
        raise NotFound(NOT_DEAD)
