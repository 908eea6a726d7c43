"""Indexes of tables: keys, uniqueness where null is equal to nothing, partial conditions. Called by `schema`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from bson import json_util
from django.db.models import Index, Model, Q, UniqueConstraint
from django.db.models.sql.query import Query
from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection

from documents.backend.column_types import bson_types
from documents.backend.predicates import matches
from documents.backend.refusals import refused
from documents.backend.scope import Scope

Rows = Collection[dict[str, Any]]
PRIMARY_KEY = "__primary_key__"
PARTIAL_OPERATORS = frozenset({"$eq", "$gt", "$gte", "$lt", "$lte", "$type", "$and", "$in", "$exists"})


@dataclass(frozen=True, slots=True)
class TableIndex:
    """One index; `partial` is its condition as canonical Extended JSON, so that indexes compare."""

    name: str
    keys: tuple[tuple[str, int], ...]
    is_unique: bool = False
    partial: str = ""

    def renamed(self, old: str, new: str) -> Self:
        """Return the index with a column under another name, in its own name too where that is made of columns."""
        if old == new:
            return self
        keys = tuple((new if column == old else column, direction) for column, direction in self.keys)
        condition = json_util.loads(self.partial) if self.partial else {}
        partial = json_util.dumps({new if column == old else column: test for column, test in condition.items()})
        made = self.name.replace(old, new) if "__" in self.name else self.name
        return replace(self, name=made, keys=keys, partial=partial if self.partial else "")


def indexes_of(model: type[Model], connection: Any) -> list[TableIndex]:
    """List every index of a model's table.

    Raises: NotSupportedError for kinds of indexes and constraints that MongoDB's are not.
    """
    meta = model._meta
    found = [index for field in meta.local_concrete_fields for index in indexes_of_field(model, field)]
    found += [together_index(model, names) for names in meta.unique_together]
    found += [index_of(model, index, connection) for index in meta.indexes]
    uniques = [constraint for constraint in meta.constraints if isinstance(constraint, UniqueConstraint)]
    return found + [unique_constraint_index(model, constraint, connection) for constraint in uniques]


def indexes_of_field(model: type[Model], field: Any) -> list[TableIndex]:  # noqa: ARG001 - as its neighbours
    """List the index that a field asks for by itself: as key, unique or indexed."""
    keys = ((field.column, ASCENDING),)
    if field.primary_key:
        return [TableIndex(PRIMARY_KEY, keys, is_unique=True)]
    if field.unique:
        return [TableIndex(f"{field.column}__unique", keys, is_unique=True, partial=_without_nulls([field]))]
    return [TableIndex(f"{field.column}__index", keys)] if field.db_index else []


def together_index(model: type[Model], names: Sequence[str]) -> TableIndex:
    """Return the unique index of one unique_together."""
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    name = "__".join(field.column for field in fields) + "__together"
    return TableIndex(name, _ascending(fields), is_unique=True, partial=_without_nulls(fields))


def index_of(model: type[Model], index: Any, connection: Any) -> TableIndex:
    """Return the index of a Meta.indexes entry.

    Raises: NotSupportedError for expressions, included columns, operator classes and other kinds of indexes.
    """
    if type(index) is not Index or index.expressions or index.include or index.opclasses:
        raise refused(
            f"the index {index.name!r} (not on plain columns)", "make it with pymongo through documents.client"
        )
    keys = tuple(
        (_column(model, name), DESCENDING if order == "DESC" else ASCENDING) for name, order in index.fields_orders
    )
    partial = _partial(model, index.condition, connection) if index.condition else {}
    return TableIndex(index.name, keys, partial=_text(partial))


def unique_constraint_index(model: type[Model], constraint: Any, connection: Any) -> TableIndex:
    """Return the unique index of a UniqueConstraint.

    Raises: NotSupportedError for expressions, deferral, included columns and operator classes.
    """
    if constraint.expressions or constraint.deferrable or constraint.include or constraint.opclasses:
        raise refused(f"the unique constraint {constraint.name!r} (not on plain columns)")
    fields = [model._meta.get_field(name) for name in constraint.fields]
    partial = _partial(model, constraint.condition, connection) if constraint.condition else {}
    if constraint.nulls_distinct is not False:
        partial = {**_null_conditions(fields), **partial}
    return TableIndex(constraint.name, _ascending(fields), is_unique=True, partial=_text(partial))


def create_indexes(rows: Rows, wanted: Iterable[TableIndex]) -> None:
    """Make the indexes; those that are there already, alike, stay."""
    for index in wanted:
        options: dict[str, Any] = {"partialFilterExpression": json_util.loads(index.partial)} if index.partial else {}
        rows.create_index(list(index.keys), name=index.name, unique=index.is_unique, **options)


def drop_indexes(rows: Rows, names: Iterable[str]) -> None:
    """Drop the named indexes that are there."""
    there = rows.index_information()
    for name in names:
        if name in there:
            rows.drop_index(name)


def indexes_on(rows: Rows, column: str) -> list[TableIndex]:
    """List the indexes that contain a column, as they are in MongoDB."""
    there = rows.index_information().items()
    return [_existing(name, index) for name, index in there if column in dict(index["key"])]


def drop_indexes_on(rows: Rows, column: str) -> None:
    """Drop the indexes that contain a column."""
    drop_indexes(rows, [index.name for index in indexes_on(rows, column)])


def _existing(name: str, index: dict[str, Any]) -> TableIndex:
    keys = tuple((column, int(direction)) for column, direction in index["key"])
    return TableIndex(name, keys, bool(index.get("unique")), _text(dict(index.get("partialFilterExpression", {}))))


def _column(model: type[Model], name: str) -> str:
    return str(model._meta.get_field(name).column)  # type: ignore[union-attr] # concrete fields only


def _ascending(fields: Iterable[Any]) -> tuple[tuple[str, int], ...]:
    return tuple((field.column, ASCENDING) for field in fields)


def _without_nulls(fields: Iterable[Any]) -> str:
    return _text(_null_conditions(fields))


def _null_conditions(fields: Iterable[Any]) -> dict[str, Any]:
    """Leave rows with a null out of a unique index: null is equal to nothing."""
    return {field.column: {"$type": bson_types(field)} for field in fields if field.null}


def _text(condition: dict[str, Any]) -> str:
    return json_util.dumps(condition) if condition else ""


def _partial(model: type[Model], condition: Q, connection: Any) -> dict[str, Any]:
    """Return a condition as MongoDB's partial indexes allow it: equality, ranges, not null, joined by AND."""
    where = Query(model=model, alias_cols=False).build_where(condition)
    found = matches(where, Scope(connection, model._meta.db_table))
    return {column: test for part in found.get("$and", [found]) for column, test in _partial_part(model, part).items()}


def _partial_part(model: type[Model], part: dict[str, Any]) -> dict[str, Any]:
    ((column, test),) = part.items()
    if test == {"$ne": None}:
        field = next(field for field in model._meta.local_concrete_fields if field.column == column)
        return {column: {"$type": bson_types(field)}}
    if column.startswith("$") or not isinstance(test, dict) or not set(test) <= PARTIAL_OPERATORS:
        raise refused(
            f"a partial index on this condition ({column})", "use equality, ranges and isnull=False, joined by AND"
        )
    return {column: test}
