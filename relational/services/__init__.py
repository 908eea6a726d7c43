"""Writes to identity and the ledger. Called by `api/` and `imports/`."""

from relational.services.accounts import change_overdraft_limit, open_account
from relational.services.api_keys import check_api_key, create_api_key, revoke_api_key
from relational.services.deliveries import prune_messages, replay_messages, settle_messages
from relational.services.idempotency import answer_once, prune_answers
from relational.services.identity import add_keys, check_key, check_log_in, create_user, ensure_users
from relational.services.lanes import claim_lanes, release_lanes
from relational.services.ledger import change_owners, ensure_accounts, post_transactions
from relational.services.outbox import add_messages, amend_message, remove_message
from relational.services.postings import post_transaction, reverse_transaction

__all__ = [
    "add_keys",
    "add_messages",
    "amend_message",
    "answer_once",
    "change_overdraft_limit",
    "change_owners",
    "check_api_key",
    "check_key",
    "check_log_in",
    "claim_lanes",
    "create_api_key",
    "create_user",
    "ensure_accounts",
    "ensure_users",
    "open_account",
    "post_transaction",
    "post_transactions",
    "prune_answers",
    "prune_messages",
    "release_lanes",
    "remove_message",
    "replay_messages",
    "reverse_transaction",
    "revoke_api_key",
    "settle_messages",
]
