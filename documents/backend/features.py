"""What MongoDB and this adapter can and cannot do, as Django's flags. Read by Django."""

from django.db import DataError
from djongo.features import DatabaseFeatures as DjongoFeatures


class DatabaseFeatures(DjongoFeatures):  # type: ignore[misc] # djongo has no types
    """djongo's flags, mended: transactions are real, what the compiler refuses is said to be absent."""

    minimum_database_version = (6, 0)
    test_db_allows_multiple_connections = True

    # Transactions are MongoDB's; it has no savepoints, so a failure inside breaks the outer block, as Django then says.
    supports_transactions = True
    atomic_transactions = True
    uses_savepoints = False
    can_rollback_ddl = False

    has_native_uuid_field = True
    has_native_duration_field = False
    has_native_json_field = True
    supports_json_field_contains = False
    supports_timezones = True

    can_return_columns_from_insert = True
    can_return_rows_from_bulk_insert = True
    has_bulk_insert = True
    supports_ignore_conflicts = False
    supports_update_conflicts = False
    supports_default_keyword_in_insert = False
    supports_default_keyword_in_bulk_insert = False
    supports_expression_defaults = False

    update_can_self_select = False
    delete_can_self_reference_subquery = False
    supports_subqueries_in_group_by = False
    allows_group_by_select_index = False
    supports_aggregate_filter_clause = True
    supports_over_clause = False
    supports_select_union = False
    supports_select_intersection = False
    supports_select_difference = False
    has_select_for_update = True
    can_distinct_on_fields = False
    supports_tuple_lookups = False
    supports_logical_xor = False

    # Ordering is PostgreSQL's: nulls are the largest.
    nulls_order_largest = True
    supports_order_by_nulls_modifier = True

    supports_nullable_unique_constraints = True
    supports_nulls_distinct_unique_constraints = True
    supports_deferrable_unique_constraints = False
    supports_partial_indexes = True
    supports_functions_in_partial_indexes = False
    supports_expression_indexes = False
    supports_covering_indexes = False
    supports_column_check_constraints = True
    supports_table_check_constraints = True
    can_introspect_check_constraints = False
    supports_foreign_keys = False
    can_introspect_foreign_keys = False
    can_introspect_default = False
    supports_collation_on_charfield = False
    supports_collation_on_textfield = False
    supports_unlimited_charfield = True
    supports_comments = False
    supports_tablespaces = False
    supports_sequence_reset = False
    can_clone_databases = False
    prohibits_null_characters_in_text_exception = (DataError, "a text cannot hold NUL (0x00) bytes")
