"""Writes to identity and the ledger. Called by `api/` and `imports/`."""

from relational.services.accounts import change_overdraft_limit, open_account
from relational.services.idempotency import answer_once, prune_answers
from relational.services.identity import add_keys, check_key, check_log_in, create_user, ensure_users
from relational.services.ledger import change_owners, ensure_accounts, post_transactions
from relational.services.outbox import add_messages
from relational.services.postings import post_transaction, reverse_transaction

__all__ = [
    "add_keys",
    "add_messages",
    "answer_once",
    "change_overdraft_limit",
    "change_owners",
    "check_key",
    "check_log_in",
    "create_user",
    "ensure_accounts",
    "ensure_users",
    "open_account",
    "post_transaction",
    "post_transactions",
    "prune_answers",
    "reverse_transaction",
]
