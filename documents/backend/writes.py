"""Insert, update and delete by pymongo, each statement whole or not at all. Called by the compilers."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from bson import Decimal128, ObjectId
from django.core.exceptions import FieldError
from django.db import transaction
from django.db.models import AutoField, Field, Value
from django.db.models.sql.query import Query
from pymongo.client_session import ClientSession

from documents.backend.column_types import INTEGER_RANGES, are_comparable, internal_type, stored_field
from documents.backend.columns import written_value
from documents.backend.expressions import is_present, literal, output_kind, translate
from documents.backend.foreign_keys import check_foreign_keys, gone_keys, in_chunks
from documents.backend.predicates import NEVER, Filter, matches
from documents.backend.refusals import refused
from documents.backend.scope import Scope
from documents.backend.sequences import fill_ids
from documents.backend.shapes import check_shape, used_joins

Row = dict[str, Any]
LOCK_MARK = "_lock"


def insert_rows(compiler: Any, returning_fields: Any) -> list[tuple[Any, ...]]:
    """Insert the query's objects; return the values of `returning_fields` of each row."""
    query, connection = compiler.query, compiler.connection
    if query.on_conflict is not None:
        raise refused("bulk_create() with conflicts ignored or updated", "use update_or_create, or pymongo's upserts")
    meta = query.get_meta()
    fields = query.fields or [meta.pk]
    rows = [_row(compiler, fields, item) for item in query.objs]
    database = connection.database

    def insert(session: ClientSession | None) -> None:
        check_foreign_keys(connection, fields, rows, session)
        if isinstance(meta.pk, AutoField):
            fill_ids(database, table=meta.db_table, column=str(meta.pk.column), rows=rows, session=session)
        database[meta.db_table].insert_many([dict(row) for row in rows], session=session)

    connection.run(insert, name=lambda: f"db.{meta.db_table}.insertMany({rows!r})", is_multiple=len(rows) > 1)
    if not returning_fields:
        return []
    kept = [tuple(row.get(field.column) for field in returning_fields) for row in rows]
    converters = compiler.get_converters([field.get_col(meta.db_table) for field in returning_fields])
    return [tuple(row) for row in compiler.apply_converters(kept, converters)] if converters else kept


def _row(compiler: Any, fields: Any, item: Any) -> Row:
    values = ((field, compiler.pre_save_val(field, item)) for field in fields)
    return {field.column: written_value(field, value, compiler.connection) for field, value in values}


def delete_rows(compiler: Any) -> int:
    """Delete the rows of the query; return how many there were."""
    query, connection = compiler.query, compiler.connection
    check_shape(query)
    model = query.get_meta().model
    rows, find = connection.database[model._meta.db_table], _finder(compiler)

    def delete(session: ClientSession | None) -> int:
        count = 0
        for found in find(session):
            gone = gone_keys(connection, model, None, found, session)
            count += rows.delete_many(found, session=session).deleted_count
            connection.settle(gone, session)
        return count

    return int(connection.run(delete, name=lambda: f"db.{rows.name}.deleteMany({query.where!r})", is_multiple=True))


def update_rows(compiler: Any) -> int:
    """Update the rows of the query; return how many matched."""
    query, connection = compiler.query, compiler.connection
    check_shape(query)
    compiler.pre_sql_setup()
    if not query.values:
        return 0
    table = query.get_meta().db_table
    changes, found = _changes(compiler), _own_filter(compiler)
    if found == NEVER:
        return 0
    database = connection.database

    def update(session: ClientSession | None) -> int:
        fields = [field for field, _, _ in query.values]
        if isinstance(changes, dict):
            check_foreign_keys(connection, fields, [changes["$set"]], session)
        gone = gone_keys(connection, query.get_meta().model, {field.column for field in fields}, found, session)
        count = int(database[table].update_many(found, changes, session=session).matched_count)
        connection.settle(gone, session)
        return count

    return int(connection.run(update, name=lambda: f"db.{table}.updateMany({found!r}, {changes!r})", is_multiple=True))


def _own_filter(compiler: Any) -> Filter:
    scope = Scope(compiler.connection, compiler.query.get_initial_alias())
    return matches(compiler.query.where, scope)


def _finder(compiler: Any) -> Callable[[ClientSession | None], Iterable[Filter]]:
    """Return what gives the filters of the rows; a condition with joins has their keys read in the same session."""
    if compiler.single_alias:
        found = _own_filter(compiler)
        return lambda _session: [] if found == NEVER else [found]
    stages, meta = _keys_query(compiler).stages(), compiler.query.get_meta()
    rows = compiler.connection.database[meta.db_table]

    def find(session: ClientSession | None) -> Iterable[Filter]:
        keys = {row["c0"] for row in rows.aggregate(stages, session=session)}
        return [{meta.pk.column: {"$in": some}} for some in in_chunks(keys)]

    return find


def _keys_query(compiler: Any) -> Any:
    inner = compiler.query.clone()
    inner.__class__ = Query
    inner.clear_select_clause()
    inner.select = (compiler.query.get_meta().pk.get_col(compiler.query.get_initial_alias()),)
    return inner.get_compiler(connection=compiler.connection)


def _changes(compiler: Any) -> dict[str, Any] | list[dict[str, Any]]:
    """Return plain values as `$set`, or a pipeline where any is computed from the row."""
    values = [(field, _resolved(compiler, field, value)) for field, _, value in compiler.query.values]
    if not any(_is_computed(value) for _, value in values):
        return {"$set": {field.column: written_value(field, value, compiler.connection) for field, value in values}}
    scope = Scope(compiler.connection, compiler.query.get_initial_alias())
    return [{"$set": {field.column: _computed(compiler, field, value, scope) for field, value in values}}]


def _is_computed(value: Any) -> bool:
    return hasattr(value, "resolve_expression") and not isinstance(value, Value)


def _resolved(compiler: Any, field: "Field[Any, Any]", value: Any) -> Any:
    if hasattr(value, "resolve_expression"):
        resolved = value.resolve_expression(compiler.query, allow_joins=False, for_save=True)
        if resolved.contains_aggregate or resolved.contains_over_clause:
            raise FieldError(f"{field.name}: aggregates and windows are not allowed in an update ({value!r})")
        return resolved
    if hasattr(value, "prepare_database_save"):
        if not field.remote_field:
            raise TypeError(f"{field.name} takes a plain value, not the model instance {value!r}")
        return value.prepare_database_save(field)
    return value


def _computed(compiler: Any, field: "Field[Any, Any]", value: Any, scope: Scope) -> Any:
    if not _is_computed(value):
        return literal(written_value(field, value, compiler.connection))
    if field.remote_field:
        raise refused("an update of a foreign key from another column", "set it to a plain value")
    kinds = internal_type(field), output_kind(value)
    if not are_comparable(*kinds) or (kinds[0] in INTEGER_RANGES and kinds[1] not in INTEGER_RANGES):
        raise refused(f"an update of {field.name} from a {output_kind(value)}", "compute it in Python")
    return _as_column(translate(value, scope), field)


def _as_column(expression: Any, field: "Field[Any, Any]") -> Any:
    """Return a computed value as the column keeps it; the validator holds its bounds."""
    kind = internal_type(field)
    if kind == "DecimalField":
        return _rounded(expression, stored_field(field))
    return {"$toDouble": expression} if kind == "FloatField" else expression


def _rounded(expression: Any, field: Any) -> Any:
    """Round half away from zero to the column's places, as PostgreSQL does (MongoDB's $round goes to even)."""
    half = Decimal128(Decimal(5).scaleb(-field.decimal_places - 1))
    decimal = {"$toDecimal": expression}
    shifted = {"$cond": [{"$gte": [decimal, 0]}, {"$add": [decimal, half]}, {"$subtract": [decimal, half]}]}
    return {"$cond": [is_present(expression), {"$trunc": [shifted, field.decimal_places]}, None]}


def lock_rows(compiler: Any) -> None:
    """Lock the rows of the query until the transaction ends, by writing a mark into each.

    Another transaction that writes them fails at once (and is retried where that is its first statement); readers
    go on.

    Raises: TransactionManagementError outside atomic(); NotSupportedError for options and joins.
    """
    query, connection = compiler.query, compiler.connection
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("select_for_update cannot be used outside of a transaction.")
    options = (query.select_for_update_nowait, query.select_for_update_skip_locked, query.select_for_update_of)
    if any(options) or query.select_for_no_key_update:
        raise refused("the options of select_for_update()", "use it plain")
    if used_joins(query) or query.group_by is not None or query.distinct:
        raise refused("select_for_update() of more than one table's plain rows", "select the ids first")
    table, found, database = query.get_meta().db_table, _own_filter(compiler), connection.database
    mark = {"$set": {LOCK_MARK: ObjectId()}}
    connection.run(
        lambda session: database[table].update_many(found, mark, session=session),
        name=lambda: f"db.{table}.updateMany({found!r}, {mark!r})",
    )
