"""Constraints and relations of many that migrations add and remove, on both stores."""

from typing import Any

import pytest
from django.db import migrations, models
from django.db.models import Q

from tests.integration.documents.schema.bench import KEY, STOCK, add, both, raises

pytestmark = pytest.mark.django_db(
    databases=["default", "documents"], transaction=True, available_apps=["django.contrib.contenttypes"]
)


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
