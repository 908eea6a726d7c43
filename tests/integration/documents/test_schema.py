"""DDL one by one, by Django's migration operations on both stores: what each leaves behind, and what is refused."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DataError, IntegrityError, NotSupportedError, ProgrammingError, connections, migrations, models
from django.db.migrations.state import ProjectState
from django.db.models import Q

pytestmark = pytest.mark.django_db(
    databases=["default", "documents"], transaction=True, available_apps=["django.contrib.contenttypes"]
)
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


@pytest.fixture
def benches():
    made = SimpleNamespace(documents=Bench("documents"), relational=Bench("default"))
    for bench in vars(made).values():
        table = migrations.CreateModel("Stock", STOCK)
        stock = bench.apply(table)
        stock.objects.create(name="a", code=1, size=5)
        stock.objects.create(name="b", code=None, size=6)
    yield made
    for bench in vars(made).values():
        bench.drop()


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


ADDED = {
    "nullable": models.IntegerField(null=True),
    "with a default": models.IntegerField(default=7),
    "text with a default": models.CharField(max_length=5, default="x"),
    "unique and nullable": models.IntegerField(null=True, unique=True),
    "unique with one default for all": models.IntegerField(default=7, unique=True),
    "indexed": models.CharField(max_length=5, default="", db_index=True),
    "JSON with a default": models.JSONField(default=dict),
    "moment": models.DateTimeField(null=True),
    "Boolean": models.BooleanField(default=True),
}


@pytest.mark.parametrize("kind", ADDED)
def test_field_is_added(kind, benches):
    def work(bench):
        bench.apply(add("extra", ADDED[kind]))
        return bench.rows("name", "extra")

    both(benches, work)
    assert both(benches, lambda bench: bench.model("Stock").objects.filter(size__gt=0).count()) == 2


def test_field_that_cannot_be_added_leaves_nothing_behind(benches):
    bench = benches.documents
    with pytest.raises(IntegrityError, match="duplicate key"):
        bench.apply(add("extra", models.IntegerField(default=7, unique=True)))
    rows = bench.connection.database[bench.model("Stock")._meta.db_table]
    assert rows.count_documents({"extra": {"$exists": True}}) == 0
    assert "extra__unique" not in rows.index_information()


def test_field_is_removed(benches):
    def work(bench):
        bench.apply(migrations.RemoveField("stock", "size"))
        bench.model("Stock").objects.create(name="c")
        return bench.rows("name", "code")

    assert len(both(benches, work)) == 3
    rows = benches.documents.connection.database[benches.documents.model("Stock")._meta.db_table]
    assert rows.count_documents({"size": {"$exists": True}}) == 0


def test_unique_field_is_removed_with_its_index(benches):
    def work(bench):
        bench.apply(add("tag", models.IntegerField(null=True, unique=True)), migrations.RemoveField("stock", "tag"))
        return bench.rows("name")

    both(benches, work)
    assert "tag__unique" not in indexes_of(benches.documents)


def test_field_is_renamed(benches):
    def work(bench):
        bench.apply(migrations.RenameField("stock", "size", "width"))
        return [bench.rows("name", "width"), raises(lambda: bench.model("Stock").objects.create(name="x" * 11))]

    assert both(benches, work)[1] == "DataError"


def test_renamed_unique_field_stays_unique(benches):
    def work(bench):
        bench.apply(
            alter("code", models.IntegerField(null=True, unique=True)), migrations.RenameField("stock", "code", "mark")
        )
        return [raises(lambda: bench.model("Stock").objects.create(name="c", mark=1)), bench.rows("name", "mark")]

    assert both(benches, work)[0] == "IntegrityError"
    assert "mark__unique" in indexes_of(benches.documents)


ALTERED: dict[str, tuple[str, Any]] = {
    "to not null with a null there": ("code", models.IntegerField()),
    "to not null with a default": ("code", models.IntegerField(default=9)),
    "to null": ("size", models.IntegerField(null=True)),
    "to unique": ("code", models.IntegerField(null=True, unique=True)),
    "to unique with equals there": ("code", models.IntegerField(unique=True, default=1)),
    "longer": ("name", models.CharField(max_length=20)),
    "to text": ("name", models.TextField()),
    "to a wider integer": ("size", models.BigIntegerField(default=0)),
    "to positive": ("size", models.PositiveIntegerField(default=0)),
    "indexed": ("size", models.IntegerField(default=0, db_index=True)),
}


@pytest.mark.parametrize("kind", ALTERED)
def test_field_is_altered(kind, benches):
    name, field = ALTERED[kind]

    def work(bench):
        failed = raises(lambda: bench.apply(alter(name, field.clone())))
        stock = bench.model("Stock")
        tried = [
            raises(lambda: stock.objects.create(name="c", code=1, size=1 << 33)),
            raises(lambda: stock.objects.create(name="d" * 15, code=3)),
            raises(lambda: stock.objects.create(name="e", code=None)),
            raises(lambda: stock.objects.create(name="f", code=4, size=None)),
            raises(lambda: stock.objects.create(name="g", code=5, size=-1)),
        ]
        return [failed, tried, bench.rows("name", "code", "size")]

    both(benches, work)


def test_index_of_a_field_comes_and_goes(benches):
    bench = benches.documents
    bench.apply(alter("size", models.IntegerField(default=0, db_index=True)))
    assert indexes_of(bench)["size__index"]["columns"] == ["size"]
    bench.apply(alter("size", models.IntegerField(default=0)))
    assert "size__index" not in indexes_of(bench)


def test_uniqueness_of_a_field_goes(benches):
    def work(bench):
        unique, plain = models.IntegerField(null=True, unique=True), models.IntegerField(null=True)
        bench.apply(alter("code", unique), alter("code", plain))
        return raises(lambda: bench.model("Stock").objects.create(name="c", code=1))

    assert both(benches, work) is None


def test_index_is_added_renamed_and_removed(benches):
    bench = benches.documents
    bench.apply(migrations.AddIndex("stock", models.Index(fields=["name", "-size"], name="stock_one")))
    assert indexes_of(bench)["stock_one"] | {} == {
        **indexes_of(bench)["stock_one"],
        "columns": ["name", "size"],
        "orders": ["ASC", "DESC"],
        "unique": False,
    }
    bench.apply(migrations.RenameIndex("stock", old_name="stock_one", new_name="stock_two"))
    assert {"stock_one", "stock_two"} & set(indexes_of(bench)) == {"stock_two"}
    bench.apply(migrations.RemoveIndex("stock", "stock_two"))
    assert "stock_two" not in indexes_of(bench)


CONSTRAINTS: dict[str, Any] = {
    "unique": models.UniqueConstraint(fields=["name", "size"], name="rule"),
    "unique with nulls apart": models.UniqueConstraint(fields=["name", "code"], name="rule"),
    "unique with nulls alike": models.UniqueConstraint(fields=["code"], name="rule", nulls_distinct=False),
    "unique under a condition": models.UniqueConstraint(fields=["name"], condition=Q(size__gt=5), name="rule"),
    "check": models.CheckConstraint(condition=Q(size__gte=0), name="rule"),
    "check of a nullable column": models.CheckConstraint(condition=Q(code__gt=0), name="rule"),
    "check of two columns": models.CheckConstraint(condition=Q(size__gt=models.F("code")), name="rule"),
    "check of not": models.CheckConstraint(condition=~Q(name="bad") & ~Q(code=13), name="rule"),
    "check that rows there break": models.CheckConstraint(condition=Q(size=5), name="rule"),
    "unique that rows there break": models.UniqueConstraint(fields=["id"], condition=Q(size__gt=0), name="rule"),
}


@pytest.mark.parametrize("kind", CONSTRAINTS)
def test_constraint_is_added_and_removed(kind, benches):
    rows = [("a", 1, 5), ("a", None, 7), ("b", None, 6), ("b", None, 8), ("c", -1, -1), ("bad", 13, 14), ("d", 9, 3)]

    def attempts(bench):
        stock = bench.model("Stock")
        return [
            raises(lambda row=row: stock.objects.create(**dict(zip(("name", "code", "size"), row, strict=True))))
            for row in rows
        ]

    def work(bench):
        failed = raises(lambda: bench.apply(migrations.AddConstraint("stock", CONSTRAINTS[kind].clone())))
        bound = attempts(bench)
        if failed is None:
            bench.model("Stock").objects.filter(id__gt=2).delete()
            bench.apply(migrations.RemoveConstraint("stock", "rule"))
        return [failed, bound, attempts(bench)]

    found = both(benches, work)
    assert found[0] or any(found[1]) or kind == "unique that rows there break"


def test_constraints_of_a_new_table_hold(benches):
    def work(bench):
        rules = [CONSTRAINTS["unique"].clone(), models.CheckConstraint(condition=Q(size__gte=0), name="floor")]
        bench.apply(
            migrations.CreateModel("Box", [(name, field.clone()) for name, field in STOCK], {"constraints": rules})
        )
        box = bench.model("Box")
        box.objects.create(name="a")
        return [
            raises(lambda: box.objects.create(name="a")),
            raises(lambda: box.objects.create(name="b", size=-1)),
            box.objects.count(),
        ]

    assert both(benches, work) == ["IntegrityError", "IntegrityError", 1]


def test_unique_together_comes_and_goes(benches):
    def work(bench):
        bench.apply(migrations.AlterUniqueTogether("stock", {("name", "size")}))
        first = raises(lambda: bench.model("Stock").objects.create(name="a", size=5))
        bench.apply(migrations.AlterUniqueTogether("stock", set()))
        return [first, raises(lambda: bench.model("Stock").objects.create(name="a", size=5))]

    assert both(benches, work) == ["IntegrityError", None]


def test_many_to_many_is_added_and_removed(benches):
    def work(bench):
        bench.apply(
            migrations.CreateModel("Label", [KEY, ("word", models.CharField(max_length=5))]),
            add("labels", models.ManyToManyField(f"{bench.label}.Label")),
        )
        stock, label = bench.model("Stock").objects.get(name="a"), bench.model("Label").objects.create(word="w")
        stock.labels.add(label)
        found = list(bench.model("Stock").objects.filter(labels__word="w").values_list("name", flat=True))
        table = bench.model("Stock").labels.through._meta.db_table
        bench.apply(migrations.RemoveField("stock", "labels"))
        return [found, table in bench.connection.introspection.table_names()]

    assert both(benches, work) == [["a"], False]


def test_foreign_key_is_added(benches):
    def work(bench):
        bench.apply(
            migrations.CreateModel("Place", [KEY, ("word", models.CharField(max_length=5))]),
            add("place", models.ForeignKey(f"{bench.label}.Place", models.CASCADE, null=True)),
        )
        place = bench.model("Place").objects.create(word="w")
        bench.model("Stock").objects.update(place=place)
        return list(bench.model("Stock").objects.filter(place__word="w").order_by("id").values_list("name", flat=True))

    assert both(benches, work) == ["a", "b"]


def test_model_is_renamed(benches):
    def work(bench):
        bench.apply(migrations.RenameModel("Stock", "Goods"))
        goods = bench.model("Goods")
        goods.objects.create(name="c")
        tables = bench.connection.introspection.table_names()
        return [goods.objects.count(), f"{bench.label}_stock" in tables, f"{bench.label}_goods" in tables]

    assert both(benches, work) == [3, False, True]


def test_model_is_deleted(benches):
    def work(bench):
        table = bench.model("Stock")._meta.db_table
        bench.apply(migrations.DeleteModel("Stock"))
        return table in bench.connection.introspection.table_names()

    assert both(benches, work) is False


def test_ids_start_again_with_the_table(benches):
    def work(bench):
        bench.apply(migrations.DeleteModel("Stock"), migrations.CreateModel("Stock", STOCK))
        return bench.model("Stock").objects.create(name="n").pk

    assert both(benches, work) == 1


def test_python_in_a_migration_runs(benches):
    def work(bench):
        def double(apps, editor):
            stock = apps.get_model(bench.label, "Stock")
            stock.objects.using(editor.connection.alias).update(size=models.F("size") * 2)

        bench.apply(migrations.RunPython(double))
        return bench.rows("name", "size")

    assert both(benches, work) == [("a", 10), ("b", 12)]


def test_table_that_is_there_is_not_made_again(benches):
    bench = benches.documents
    with pytest.raises(ProgrammingError, match="is there already"), bench.connection.schema_editor() as editor:
        editor.create_model(bench.model("Stock"))
    assert bench.model("Stock").objects.count() == 2


def test_table_that_cannot_be_made_leaves_nothing_behind(benches):
    bench = benches.documents
    columns: list[tuple[str, Any]] = [
        KEY,
        ("name", models.CharField(max_length=5)),
        ("at", models.DecimalField(max_digits=40, decimal_places=2)),
    ]
    with pytest.raises(NotSupportedError, match="more than 34 digits"):
        bench.apply(migrations.CreateModel("Wide", columns))
    assert not [name for name in bench.connection.introspection.table_names() if name.endswith("_wide")]


REFUSED = {
    "change of type": (alter("size", models.CharField(max_length=5)), "change of type from IntegerField to CharField"),
    "change of the key": (alter("code", models.IntegerField(primary_key=True)), "change of the primary key"),
    "SQL": (migrations.RunSQL("DROP TABLE x"), "DDL as SQL text"),
    "index on an expression": (
        migrations.AddIndex("stock", models.Index(models.F("size") + 1, name="expression")),
        "not on plain columns",
    ),
    "partial index on not": (
        migrations.AddIndex("stock", models.Index(fields=["size"], condition=~Q(size=1), name="partial")),
        "partial index on this condition",
    ),
    "deferred constraint": (
        migrations.AddConstraint(
            "stock", models.UniqueConstraint(fields=["size"], deferrable=models.Deferrable.DEFERRED, name="deferred")
        ),
        "not on plain columns",
    ),
    "collation": (add("extra", models.CharField(max_length=5, default="", db_collation="C")), "a collation"),
    "dotted column": (add("extra", models.IntegerField(null=True, db_column="a.b")), "a column named 'a.b'"),
    "value per row": (add("extra", models.UUIDField(default=uuid.uuid4, unique=True)), None),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_ddl_changes_nothing(kind, benches):
    operation, message = REFUSED[kind]
    bench = benches.documents
    before = [bench.rows("id", "name", "code", "size"), indexes_of(bench)]
    with pytest.raises(IntegrityError if message is None else NotSupportedError, match=message or "duplicate key"):
        bench.apply(operation)
    assert [bench.rows("id", "name", "code", "size"), indexes_of(bench)] == before


def test_what_pymongo_writes_is_bound_too(benches):
    bench = benches.documents
    rows = bench.connection.database[bench.model("Stock")._meta.db_table]
    from pymongo.errors import WriteError

    with pytest.raises(WriteError, match="Document failed validation"):
        rows.insert_one({"id": 3, "name": None, "size": 1})
    rows.insert_one({"id": 77, "name": "by pymongo", "size": 1})
    assert bench.model("Stock").objects.create(name="next").pk == 78
