"""What this backend can do, as data for Django. Called by `base`."""

from django_cassandra_engine.base import CassandraDatabaseFeatures


class DatabaseFeatures(CassandraDatabaseFeatures):  # type: ignore[misc] # the engine has no types
    """No transactions, and no DDL that could be rolled back (the engine claims the latter)."""

    can_rollback_ddl = False
    atomic_transactions = False
    supports_transactions = False
    supports_foreign_keys = False
    has_select_for_update = False
