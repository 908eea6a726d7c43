"""PostgreSQL: identity, accounts and transactions (the ledger), the outbox, and answers kept for repeated requests."""
