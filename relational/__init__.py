"""PostgreSQL: identity, accounts and transactions (the ledger)."""
