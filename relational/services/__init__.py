"""Writes to identity, the ledger, the outbox and jobs. Called by the floors above.

Each is done whole or not at all; those that take a principal refuse what it may not do.
"""

from relational.services.accounts import change_overdraft_limit, open_account
from relational.services.api_keys import create_api_key, principal_of_key, revoke_api_key
from relational.services.deliveries import prune_messages, replay_messages, settle_messages
from relational.services.exports import advance_saved_export, ensure_saved_export
from relational.services.idempotency import answer_once, prune_answers
from relational.services.jobs import add_job, cancel_job, delete_job, retry_job
from relational.services.lanes import claim_lanes, release_lanes
from relational.services.loads import change_owners, ensure_accounts, post_transactions
from relational.services.outbox import add_messages, amend_message, remove_message
from relational.services.passwords import change_password, credential_of_log_in, make_resets, reset_password
from relational.services.postings import post_transaction, reverse_transaction
from relational.services.teams import (
    accept_invitation,
    change_team,
    check_manages,
    create_team,
    delete_team,
    put_member,
    remove_member,
)
from relational.services.tokens import prune_tokens
from relational.services.user_keys import add_keys, check_key
from relational.services.users import change_profile, change_user, create_user, ensure_users

__all__ = [
    "accept_invitation",
    "add_job",
    "add_keys",
    "add_messages",
    "advance_saved_export",
    "amend_message",
    "answer_once",
    "cancel_job",
    "change_overdraft_limit",
    "change_owners",
    "change_password",
    "change_profile",
    "change_team",
    "change_user",
    "check_key",
    "check_manages",
    "claim_lanes",
    "create_api_key",
    "create_team",
    "create_user",
    "credential_of_log_in",
    "delete_job",
    "delete_team",
    "ensure_accounts",
    "ensure_saved_export",
    "ensure_users",
    "make_resets",
    "open_account",
    "post_transaction",
    "post_transactions",
    "principal_of_key",
    "prune_answers",
    "prune_messages",
    "prune_tokens",
    "put_member",
    "release_lanes",
    "remove_member",
    "remove_message",
    "replay_messages",
    "reset_password",
    "retry_job",
    "reverse_transaction",
    "revoke_api_key",
    "settle_messages",
]
