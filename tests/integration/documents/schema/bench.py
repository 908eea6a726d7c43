"""One store's database that migrations work on, and the same work on both stores compared."""

from typing import Any

from django.db import DataError, IntegrityError, ProgrammingError, connections, migrations, models
from django.db.migrations.state import ProjectState

STORES = {"documents": "matrix_documents", "default": "matrix_relational"}
KEY = ("id", models.BigAutoField(primary_key=True))
STOCK: list[tuple[str, Any]] = [
    KEY,
    ("name", models.CharField(max_length=10)),
    ("code", models.IntegerField(null=True)),
    ("size", models.IntegerField(default=0)),
]


class Bench:
    """One store's database with a project state that operations move on."""

    def __init__(self, alias):
        self.alias, self.label = alias, STORES[alias]
        self.connection: Any = connections[alias]
        self.state = ProjectState()

    def apply(self, *operations):
        for operation in operations:
            before, self.state = self.state, self.state.clone()
            operation.state_forwards(self.label, self.state)
            try:
                with self.connection.schema_editor() as editor:
                    operation.database_forwards(self.label, editor, before, self.state)
            except Exception:
                self.state = before
                raise
        return self.model("Stock") if ("stock" in self.models) else None

    @property
    def models(self):
        return {name for _, name in self.state.models}

    def model(self, name):
        return self.state.apps.get_model(self.label, name)

    def rows(self, *columns):
        return sorted(self.model("Stock").objects.values_list(*columns), key=repr)

    def drop(self):
        for model in self.state.apps.get_models(include_auto_created=True):
            if model._meta.db_table in self.connection.introspection.table_names():
                self._drop_table(model._meta.db_table)

    def _drop_table(self, table):
        if self.alias == "documents":
            self.connection.database.drop_collection(table)
            return
        with self.connection.cursor() as cursor:
            cursor.execute(f'DROP TABLE IF EXISTS "{table}" CASCADE')


def both(benches, work):
    """Run the same work on both stores and compare what it returns or raises."""
    found = [_attempt(work, bench) for bench in (benches.documents, benches.relational)]
    assert found[0] == found[1]
    return found[0]


def _attempt(work, bench):
    try:
        return work(bench)
    except (IntegrityError, DataError, ProgrammingError, LookupError, TypeError) as error:
        return type(error).__name__


def raises(change):
    try:
        change()
    except (IntegrityError, DataError, ProgrammingError) as error:
        return type(error).__name__
    return None


def indexes_of(bench):
    with bench.connection.cursor() as cursor:
        table = bench.model("Stock")._meta.db_table
        return bench.connection.introspection.get_constraints(cursor, table)


def add(name, field):
    return migrations.AddField("stock", name, field)


def alter(name, field):
    return migrations.AlterField("stock", name, field)
