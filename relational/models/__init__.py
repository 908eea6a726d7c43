"""Tables of PostgreSQL: identity, the ledger, the outbox, and answers kept for requests that are sent again."""

from relational.models.idempotency import IdempotentAnswer
from relational.models.identity import ACCEPTED, ApiKey, Membership, Team, User, UserKey
from relational.models.ledger import MONEY_DECIMALS, MONEY_DIGITS, Account, AccountKind, Entry, Transaction
from relational.models.outbox import MessageState, OutboxLane, OutboxMessage, OutboxRelay

__all__ = [
    "ACCEPTED",
    "MONEY_DECIMALS",
    "MONEY_DIGITS",
    "Account",
    "AccountKind",
    "ApiKey",
    "Entry",
    "IdempotentAnswer",
    "Membership",
    "MessageState",
    "OutboxLane",
    "OutboxMessage",
    "OutboxRelay",
    "Team",
    "Transaction",
    "User",
    "UserKey",
]
