"""Collection validators: a table's types, nulls, lengths, ranges and checks, as PostgreSQL's columns have them.

They also bind what pymongo writes past Django. Called by `schema`.
"""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError
from django.db.models import CheckConstraint, Model, UniqueConstraint
from django.db.models.sql.query import Query
from pymongo.collection import Collection

from documents.backend.column_types import column_schema
from documents.backend.predicates import NEVER, matches
from documents.backend.refusals import refused
from documents.backend.scope import Scope

Rows = Collection[dict[str, Any]]
Validator = dict[str, Any]


def validator_of(
    model: type[Model],
    connection: Any,
    *,
    fields: Sequence[Any] | None = None,
    constraints: Sequence[Any] | None = None,
) -> Validator:
    """Return the validator of a model's table, with other fields or constraints than its own where they change.

    Raises: NotSupportedError for a kind of field or constraint that is not on the list.
    """
    columns = list(model._meta.local_concrete_fields) if fields is None else list(fields)
    for field in columns:
        _check_column(field)
    schema = {
        "bsonType": "object",
        "required": [field.column for field in columns if not field.null] or ["_id"],
        "properties": {field.column: column_schema(field) for field in columns},
    }
    checks: Sequence[Any] = model._meta.constraints if constraints is None else constraints
    return {
        "$and": [{"$jsonSchema": schema}, *(_check(model, check, connection) for check in checks if _is_check(check))]
    }


def set_validator(rows: Rows, validator: Validator) -> None:
    """Let the collection check every later write."""
    rows.database.command("collMod", rows.name, validator=validator)


def check_rows(rows: Rows, validator: Validator) -> None:
    """Refuse a validator that rows already there do not satisfy.

    Raises: IntegrityError, which shows the id of one.
    """
    bad = rows.find_one({"$nor": [validator]}, {"_id": 1})
    if bad is not None:
        raise IntegrityError(f"{rows.name} has rows that do not fit, for example the one with _id {bad['_id']}")


def _check_column(field: Any) -> None:
    if "." in field.column or field.column.startswith("$") or field.column in {"_id", "_joined", "_lock"}:
        raise refused(f"a column named {field.column!r}", "choose a name without dots and dollar signs")
    if getattr(field, "db_collation", None):
        raise refused(f"a collation ({field})", "leave db_collation out")
    if field.generated:
        raise refused(f"generated columns ({field})", "compute the value in Python")


def _is_check(constraint: Any) -> bool:
    if not isinstance(constraint, (CheckConstraint, UniqueConstraint)):
        raise refused(f"constraints of the kind {type(constraint).__name__}")
    return isinstance(constraint, CheckConstraint)


def _check(model: type[Model], constraint: Any, connection: Any) -> Validator:
    """Let a row pass unless the condition is FALSE: null passes, as in SQL."""
    query = Query(model=model, alias_cols=False)
    condition = query.build_where(constraint.condition)
    broken = matches(condition, Scope(connection, model._meta.db_table), wanted=False)
    return {} if broken == NEVER else {"$nor": [broken]}
