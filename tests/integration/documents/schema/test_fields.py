"""Fields that migrations add, alter, rename and remove: what each leaves behind on both stores."""

from typing import Any

import pytest
from django.db import IntegrityError, migrations, models

from tests.integration.documents.schema.bench import add, alter, both, indexes_of, raises

pytestmark = pytest.mark.django_db(
    databases=["default", "documents"], transaction=True, available_apps=["django.contrib.contenttypes"]
)


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
