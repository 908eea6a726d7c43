"""Tables that migrations make, rename and drop on both stores, and DDL that MongoDB refuses."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, NotSupportedError, ProgrammingError, migrations, models
from django.db.models import Q

from tests.integration.documents.schema.bench import KEY, STOCK, add, alter, both, indexes_of

pytestmark = pytest.mark.django_db(
    databases=["default", "documents"], transaction=True, available_apps=["django.contrib.contenttypes"]
)


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
