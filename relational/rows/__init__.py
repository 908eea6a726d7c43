"""What this room takes and returns: frozen rows, never models or drivers' objects."""

from relational.rows.exports import SavedExportRow
from relational.rows.idempotency import Answer
from relational.rows.identity import (
    ApiKeyRow,
    CredentialRow,
    InvitationRow,
    KeyRow,
    MemberRow,
    ResetRow,
    TeamRow,
    UserRow,
    UserStateRow,
)
from relational.rows.jobs import JOB_FIELDS, ClaimedJob, JobRow, JobsBacklog, Sign
from relational.rows.ledger import (
    ACCOUNT_COLUMNS,
    ACCOUNT_FIELDS,
    AccountKey,
    AccountRow,
    EntryRow,
    NewAccount,
    NewEntry,
    NewPosting,
    NewTransaction,
    Statement,
    StatementPlace,
    StatementRow,
    TransactionRow,
)
from relational.rows.outbox import DeadMessage, MessageRow, NewMessage, Setback, TopicBacklog

__all__ = [
    "ACCOUNT_COLUMNS",
    "ACCOUNT_FIELDS",
    "JOB_FIELDS",
    "AccountKey",
    "AccountRow",
    "Answer",
    "ApiKeyRow",
    "ClaimedJob",
    "CredentialRow",
    "DeadMessage",
    "EntryRow",
    "InvitationRow",
    "JobRow",
    "JobsBacklog",
    "KeyRow",
    "MemberRow",
    "MessageRow",
    "NewAccount",
    "NewEntry",
    "NewMessage",
    "NewPosting",
    "NewTransaction",
    "ResetRow",
    "SavedExportRow",
    "Setback",
    "Sign",
    "Statement",
    "StatementPlace",
    "StatementRow",
    "TeamRow",
    "TopicBacklog",
    "TransactionRow",
    "UserRow",
    "UserStateRow",
]
