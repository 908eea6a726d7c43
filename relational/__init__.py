"""PostgreSQL: identity, the ledger (accounts and transactions), the outbox, jobs, and answers that are kept."""
