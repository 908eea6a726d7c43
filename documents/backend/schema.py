"""The schema editor by pymongo: it does what it reports, or refuses before anything changes. Called by migrations.

A table is a collection with a validator (types, null, lengths, ranges, checks) and indexes. DDL takes effect at once,
without transactions; a step that fails undoes what it began.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pymongo
from django.db import ProgrammingError
from django.db.models import CheckConstraint, Model, UniqueConstraint
from djongo.schema import DatabaseSchemaEditor as DjongoSchemaEditor
from pymongo.collection import Collection

from documents.backend import indexes, validators
from documents.backend.alterations import check_alteration
from documents.backend.columns import written_value
from documents.backend.refusals import refused
from documents.backend.sequences import SCHEMA_COLLECTION
from documents.client import DEFINITION_TIMEOUT_S

MAX_IDS = 100_000
Table = type[Model]
Column = Any  # a field; the stubs know neither its column as text nor its through model
Rows = Collection[dict[str, Any]]


class DatabaseSchemaEditor(DjongoSchemaEditor):  # type: ignore[misc] # djongo has no types
    """Tables, columns, indexes and constraints."""

    def execute(self, sql: Any, params: Any = ()) -> NoReturn:  # noqa: ARG002 - Django's signature
        """Refuse SQL.

        Raises: NotSupportedError, always.
        """
        raise refused(f"DDL as SQL text ({str(sql)[:60]!r})", "use RunPython with documents.client")

    # -- tables ------------------------------------------------------------------------------------------------------

    def create_model(self, model: Table) -> None:
        """Make a collection with its validator and indexes, and those of its many-to-many fields.

        Raises: ProgrammingError where it is there already; NotSupportedError for what it cannot hold.
        """
        validator, wanted = validators.validator_of(model, self.connection), indexes.indexes_of(model, self.connection)
        table = model._meta.db_table
        with self._definition() as database:
            if table in database.list_collection_names():
                raise ProgrammingError(f"the collection {table!r} is there already")
            database.create_collection(table, validator=validator)
            try:
                indexes.create_indexes(database[table], wanted)
            except BaseException:
                database.drop_collection(table)
                raise
        for through in _through_models(model):
            self.create_model(through)

    def delete_model(self, model: Table) -> None:
        """Drop the collection, those of its many-to-many fields, and its counter."""
        for through in _through_models(model):
            self.delete_model(through)
        with self._definition() as database:
            database.drop_collection(model._meta.db_table)
            database[SCHEMA_COLLECTION].delete_many({"name": model._meta.db_table})

    def alter_db_table(self, model: Table, old_db_table: str, new_db_table: str) -> None:  # noqa: ARG002 - Django's
        """Rename the collection and its counter; indexes and validator go with it."""
        if old_db_table == new_db_table:
            return
        with self._definition() as database:
            database[old_db_table].rename(new_db_table)
            database[SCHEMA_COLLECTION].update_many({"name": old_db_table}, {"$set": {"name": new_db_table}})

    def alter_db_tablespace(self, *_args: Any) -> NoReturn:
        """Refuse: MongoDB has none.

        Raises: NotSupportedError, always.
        """
        raise refused("tablespaces", "leave db_tablespace out")

    # -- columns -----------------------------------------------------------------------------------------------------

    def add_field(self, model: Table, field: Column) -> None:
        """Add a column: its default into every row, its validator, its index.

        Raises: IntegrityError where rows are there and the column has no default, or one that must be unique.
        """
        if field.many_to_many:
            self._create_through(field)
            return
        if field.column is None:
            return
        fields = [*_columns(model), field]
        validator = validators.validator_of(model, self.connection, fields=fields)
        default = written_value(field, self.effective_default(field), self.connection)
        with self._definition() as database:
            rows = database[model._meta.db_table]
            try:
                if default is not None:
                    rows.update_many({}, {"$set": {field.column: default}}, bypass_document_validation=True)
                validators.check_rows(rows, validator)
                indexes.create_indexes(rows, indexes.indexes_of_field(model, field))
            except BaseException:
                rows.update_many({}, {"$unset": {field.column: ""}}, bypass_document_validation=True)
                raise
            validators.set_validator(rows, validator)

    def _create_through(self, field: Any) -> None:
        if field.remote_field.through._meta.auto_created:
            self.create_model(field.remote_field.through)

    def remove_field(self, model: Table, field: Column) -> None:
        """Remove a column from the validator, the indexes and every row."""
        if field.many_to_many:
            if field.remote_field.through._meta.auto_created:
                self.delete_model(field.remote_field.through)
            return
        if field.column is None:
            return
        fields = [column for column in _columns(model) if column.name != field.name]
        validator = validators.validator_of(model, self.connection, fields=fields)
        with self._definition() as database:
            rows = database[model._meta.db_table]
            validators.set_validator(rows, validator)
            indexes.drop_indexes_on(rows, field.column)
            rows.update_many({}, {"$unset": {field.column: ""}})

    def alter_field(
        self,
        model: Table,
        old_field: Column,
        new_field: Column,
        strict: bool = False,  # noqa: ARG002, FBT001, FBT002 - Django's signature
    ) -> None:
        """Rename a column, or change its null, unique, index, length or range.

        Raises: NotSupportedError for a change of type; IntegrityError where rows do not fit what is asked.
        """
        if not self._field_should_be_altered(old_field, new_field):
            return
        check_alteration(model, old_field, new_field)
        if old_field.many_to_many or new_field.column is None:
            return
        fields = [new_field if column.name == old_field.name else column for column in _columns(model)]
        validator = validators.validator_of(model, self.connection, fields=fields)
        with self._definition() as database:
            rows = database[model._meta.db_table]
            self._rename_column(rows, old_field.column, new_field.column)
            filled = self._fill_nulls(rows, old_field, new_field)
            try:
                validators.check_rows(rows, validator)
                self._replace_indexes(rows, model, old_field, new_field)
            except BaseException:
                _empty_again(rows, new_field.column, filled)
                self._rename_column(rows, new_field.column, old_field.column)
                raise
            validators.set_validator(rows, validator)

    def _rename_column(self, rows: Rows, old: str, new: str) -> None:
        if old == new:
            return
        moved = indexes.indexes_on(rows, old)
        indexes.drop_indexes_on(rows, old)
        rows.update_many({}, {"$rename": {old: new}}, bypass_document_validation=True)
        indexes.create_indexes(rows, [index.renamed(old, new) for index in moved])

    def _fill_nulls(self, rows: Rows, old_field: Column, new_field: Column) -> list[Any]:
        """Put the default where null may no longer be; return the ids of those rows."""
        default = self.effective_default(new_field)
        if not old_field.null or new_field.null or default is None:
            return []
        value, column = written_value(new_field, default, self.connection), new_field.column
        ids = [row["_id"] for row in rows.find({column: None}, {"_id": 1})]
        rows.update_many({column: None}, {"$set": {column: value}}, bypass_document_validation=True)
        return ids

    def _replace_indexes(self, rows: Rows, model: Table, old_field: Any, new_field: Any) -> None:
        old = {
            index.renamed(old_field.column, new_field.column) for index in indexes.indexes_of_field(model, old_field)
        }
        new = set(indexes.indexes_of_field(model, new_field))
        indexes.create_indexes(rows, [index for index in new - old if index.name not in {kept.name for kept in old}])
        indexes.drop_indexes(rows, [index.name for index in old - new])
        indexes.create_indexes(rows, list(new - old))

    # -- indexes and constraints -------------------------------------------------------------------------------------

    def add_index(self, model: Table, index: Any) -> None:
        """Make an index."""
        wanted = indexes.index_of(model, index, self.connection)
        with self._definition() as database:
            indexes.create_indexes(database[model._meta.db_table], [wanted])

    def remove_index(self, model: Table, index: Any) -> None:
        """Drop an index."""
        with self._definition() as database:
            indexes.drop_indexes(database[model._meta.db_table], [index.name])

    def rename_index(self, model: Table, old_index: Any, new_index: Any) -> None:
        """Make the index under its new name; MongoDB cannot have the same one twice, so the old one goes first."""
        wanted = indexes.index_of(model, new_index, self.connection)
        with self._definition() as database:
            rows = database[model._meta.db_table]
            indexes.drop_indexes(rows, [old_index.name])
            indexes.create_indexes(rows, [wanted])

    def add_constraint(self, model: Table, constraint: Any) -> None:
        """Make a unique index, or let the validator check a condition, once the rows there are satisfy it.

        Raises: IntegrityError where they do not; NotSupportedError for other constraints.
        """
        if isinstance(constraint, UniqueConstraint):
            wanted = indexes.unique_constraint_index(model, constraint, self.connection)
            with self._definition() as database:
                indexes.create_indexes(database[model._meta.db_table], [wanted])
            return
        self._change_checks(model, [*_other_constraints(model, constraint), constraint])

    def remove_constraint(self, model: Table, constraint: Any) -> None:
        """Drop the unique index, or the validator's check."""
        if isinstance(constraint, UniqueConstraint):
            self.remove_index(model, constraint)
            return
        self._change_checks(model, _other_constraints(model, constraint))

    def _change_checks(self, model: Table, constraints: list[Any]) -> None:
        validator = validators.validator_of(model, self.connection, constraints=constraints)
        with self._definition() as database:
            rows = database[model._meta.db_table]
            validators.check_rows(rows, validator)
            validators.set_validator(rows, validator)

    def alter_unique_together(self, model: Table, old_unique_together: Any, new_unique_together: Any) -> None:
        """Make and drop the unique indexes of unique_together."""
        old = {tuple(names) for names in old_unique_together}
        new = {tuple(names) for names in new_unique_together}
        added = [indexes.together_index(model, names) for names in sorted(new - old)]
        with self._definition() as database:
            rows = database[model._meta.db_table]
            indexes.create_indexes(rows, added)
            indexes.drop_indexes(rows, [indexes.together_index(model, names).name for names in sorted(old - new)])

    @contextmanager
    def _definition(self) -> Iterator[Any]:
        """Give the database with time enough for DDL, and Django's errors for the driver's."""
        database = self.connection.database
        with self.connection.driver_errors(), pymongo.timeout(DEFINITION_TIMEOUT_S):
            yield database


def _empty_again(rows: Rows, column: str, ids: list[Any]) -> None:
    for start in range(0, len(ids), MAX_IDS):
        some = {"_id": {"$in": ids[start : start + MAX_IDS]}}
        rows.update_many(some, {"$set": {column: None}}, bypass_document_validation=True)


def _columns(model: Table) -> list[Any]:
    return list(model._meta.local_concrete_fields)


def _through_models(model: Any) -> list[Table]:
    """List the tables of the model's own many-to-many fields."""
    through = [field.remote_field.through for field in model._meta.local_many_to_many]
    return [table for table in through if table._meta.auto_created]


def _other_constraints(model: Table, constraint: Any) -> list[Any]:
    if not isinstance(constraint, CheckConstraint):
        raise refused(f"constraints of the kind {type(constraint).__name__}")
    return [other for other in model._meta.constraints if other.name != constraint.name]
