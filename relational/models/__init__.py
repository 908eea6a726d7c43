"""Tables of PostgreSQL: identity, the ledger, the outbox, jobs, saved exports, answers to requests sent again."""

from relational.models.exports import SavedExport
from relational.models.idempotency import IdempotentAnswer
from relational.models.identity import ACCEPTED, ApiKey, Membership, Team, User, UserKey
from relational.models.jobs import OPEN, Job, JobState, JobWorker
from relational.models.ledger import MONEY_DECIMALS, MONEY_DIGITS, Account, AccountKind, Entry, Transaction
from relational.models.outbox import MessageState, OutboxLane, OutboxMessage, OutboxRelay

__all__ = [
    "ACCEPTED",
    "MONEY_DECIMALS",
    "MONEY_DIGITS",
    "OPEN",
    "Account",
    "AccountKind",
    "ApiKey",
    "Entry",
    "IdempotentAnswer",
    "Job",
    "JobState",
    "JobWorker",
    "Membership",
    "MessageState",
    "OutboxLane",
    "OutboxMessage",
    "OutboxRelay",
    "SavedExport",
    "Team",
    "Transaction",
    "User",
    "UserKey",
]
