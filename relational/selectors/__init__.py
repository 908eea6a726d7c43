"""Reads of identity, the ledger, the outbox and jobs, each batch in one statement or two.

Called by `api/`, `live/`, `query/`, `imports/`, `jobs/` and `operations/`. A principal that does not see everything
sees the own user, the own accounts and the transactions that touch them.
"""

from relational.selectors.accounts import account_by_id, accounts_by_number, accounts_of_users, accounts_page
from relational.selectors.api_keys import api_keys_page
from relational.selectors.identity import (
    credential_of_user,
    keys_of_users,
    user_by_id,
    users_by_id,
    users_of_keys,
    users_page,
)
from relational.selectors.jobs import job_by_id, jobs_backlog, jobs_page, living_workers, parts_of_job
from relational.selectors.outbox import (
    dead_messages,
    due_messages,
    last_errors,
    living_relays,
    outbox_backlog,
    pending_messages,
)
from relational.selectors.statements import place_after, statement_page
from relational.selectors.teams import check_owner, invitations_page, members_page, team_by_id, teams_page
from relational.selectors.transactions import (
    books_of_transactions,
    transaction_by_id,
    transactions_of_accounts,
    transactions_of_users,
    transactions_page,
)

__all__ = [
    "account_by_id",
    "accounts_by_number",
    "accounts_of_users",
    "accounts_page",
    "api_keys_page",
    "books_of_transactions",
    "check_owner",
    "credential_of_user",
    "dead_messages",
    "due_messages",
    "invitations_page",
    "job_by_id",
    "jobs_backlog",
    "jobs_page",
    "keys_of_users",
    "last_errors",
    "living_relays",
    "living_workers",
    "members_page",
    "outbox_backlog",
    "parts_of_job",
    "pending_messages",
    "place_after",
    "statement_page",
    "team_by_id",
    "teams_page",
    "transaction_by_id",
    "transactions_of_accounts",
    "transactions_of_users",
    "transactions_page",
    "user_by_id",
    "users_by_id",
    "users_of_keys",
    "users_page",
]
