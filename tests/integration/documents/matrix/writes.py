"""Updates, deletions and many-to-many relations of the matrix: each returns what it found afterwards."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.db.models import Case, F, TextField, Value, When
from django.db.models.functions import Coalesce

from tests.integration.documents.matrix.operations import add_writes, column_after, error_of, names


def _updated(column, **values):
    return column_after(column, lambda m: m.Thing.objects.update(**values))


def _saved(m, update_fields=None, **values):
    item = m.Thing.objects.get(name="Chalk")
    for column, value in values.items():
        setattr(item, column, value)
    item.save(update_fields=update_fields)
    return m.Thing.objects.values_list("count", "note").get(pk=item.pk)


def _save_deleted(m):
    item = m.Thing.objects.get(name="Chalk")
    m.Thing.objects.filter(pk=item.pk).delete()
    item.save(update_fields=["note"])


def _renamed(m):
    items = list(m.Thing.objects.filter(count__gt=0).order_by("id"))
    for number, item in enumerate(items):
        item.note, item.rank = f"$new {number}", None if number % 2 else number
    return items


def _locked(m):
    with transaction.atomic(using=m.alias):
        return list(m.Thing.objects.select_for_update().filter(count=5))


def _words(m, change):
    tags, item = list(m.Tag.objects.order_by("id")), m.Thing.objects.get(name="Chalk")
    change(tags, item)
    return sorted(item.tags.values_list("word", flat=True))


add_writes(
    "update",
    {
        "constant": _updated("note", note="same"),
        "to null": _updated("rank", rank=None),
        "filtered": column_after("rank", lambda m: m.Thing.objects.filter(count__gt=3).update(rank=9)),
        "none": column_after("rank", lambda m: m.Thing.objects.filter(count=999).update(rank=9)),
        "not": column_after("note", lambda m: m.Thing.objects.exclude(rank=1).update(note="x")),
        "by column": _updated("count", count=F("count") + 1),
        "by nullable column": _updated("rank", rank=F("rank") * 2),
        "by other column": _updated("big", big=F("count") + F("id")),
        "two columns exchange": column_after(
            "small", lambda m: m.Thing.objects.filter(count__gt=0).update(small=F("count"), count=F("small"))
        ),
        "decimal by factor, rounded": _updated("price", price=F("price") * Decimal("1.005")),
        "negative decimal, rounded": _updated("discount", discount=F("discount") * Decimal("-0.5")),
        "moment by span": _updated("moment", moment=F("moment") + dt.timedelta(days=1, microseconds=1)),
        "case": _updated(
            "note",
            note=Case(When(rank__gt=2, then=Value("hi")), When(rank=None, then=Value("no")), default=Value("lo")),
        ),
        "coalesce": _updated("rank", rank=Coalesce("rank", Value(-1))),
        "text of a dollar": _updated("note", note=Value("$name")),
        "text of a dollar by case": _updated(
            "note", note=Case(When(rank=1, then=Value("$name")), default=F("note"), output_field=TextField())
        ),
        "JSON": _updated("payload", payload={"z": 1, "a": {"y": [], "b": "$x"}}),
        "JSON and a column": column_after(
            "payload", lambda m: m.Thing.objects.update(payload={"z": {"b": 1, "a": 2}}, count=F("count") + 1)
        ),
        "across a relation": column_after(
            "note", lambda m: m.Thing.objects.filter(maker__city="Ulm").update(note="Ulm")
        ),
        "out of range": lambda m: [
            error_of(lambda: m.Thing.objects.update(count=F("count") + (1 << 31))),
            sorted(m.Thing.objects.values_list("count", flat=True)),
        ],
        "check constraint broken, none stays": lambda m: [
            error_of(lambda: m.Thing.objects.update(count=F("count") - 1000)),
            sorted(m.Thing.objects.values_list("count", flat=True)),
        ],
        "unique taken, none stays": lambda m: [
            error_of(lambda: m.Maker.objects.update(name="same")),
            sorted(m.Maker.objects.values_list("name", flat=True)),
        ],
        "null where there must be a value": lambda m: [
            error_of(lambda: m.Thing.objects.update(count=None)),
            m.Thing.objects.filter(count=5).count(),
        ],
        "division by zero": lambda m: error_of(
            lambda: m.Thing.objects.update(count=F("count") / (F("count") - F("count")))
        ),
        "foreign key": column_after(
            "maker_id", lambda m: m.Thing.objects.update(maker=m.Maker.objects.get(name="Crux"))
        ),
        "save": lambda m: _saved(m, count=77),
        "save of some columns": lambda m: _saved(m, update_fields=["note"], note="n", count=77),
        "save of an expression": lambda m: _saved(m, count=F("count") + 10),
        "save of a deleted row": lambda m: error_of(lambda: _save_deleted(m)),
        "in bulk": column_after("note", lambda m: m.Thing.objects.bulk_update(_renamed(m), ["note", "rank"])),
        "of a slice": lambda m: error_of(lambda: m.Thing.objects.all()[:2].update(rank=1)),
        "locked": lambda m: [item.name for item in _locked(m)],
    },
)
add_writes(
    "delete",
    {
        "row": lambda m: [m.Thing.objects.get(name="Amber").delete()[0], names(m.Thing.objects.all())],
        "filtered": lambda m: [m.Thing.objects.filter(count__gt=3).delete()[0], names(m.Thing.objects.all())],
        "not": lambda m: [m.Thing.objects.exclude(rank=1).delete()[0], names(m.Thing.objects.all())],
        "all": lambda m: [
            m.Thing.objects.all().delete()[0],
            m.Thing.objects.count(),
            m.Thing.tags.through.objects.count(),
        ],
        "cascade": lambda m: [sum(m.Maker.objects.get(name="Acme").delete()[1].values()), names(m.Thing.objects.all())],
        "across a relation": lambda m: [
            m.Thing.objects.filter(maker__city="Ulm").delete()[0],
            names(m.Thing.objects.all()),
        ],
        "of a slice": lambda m: error_of(m.Thing.objects.all()[:2].delete),
        "none": lambda m: m.Thing.objects.filter(count=999).delete()[0],
    },
)
add_writes(
    "many-to-many",
    {
        "add": lambda m: _words(m, lambda tags, item: item.tags.add(*tags)),
        "add twice": lambda m: _words(m, lambda tags, item: (item.tags.add(tags[0]), item.tags.add(tags[0]))),
        "remove": lambda m: _words(m, lambda tags, item: item.tags.remove(tags[0])),
        "set": lambda m: _words(m, lambda tags, item: item.tags.set(tags[1:])),
        "clear": lambda m: _words(m, lambda tags, item: item.tags.clear()),
        "create": lambda m: _words(m, lambda tags, item: item.tags.create(word="new")),
        "reverse": lambda m: _words(m, lambda tags, item: tags[2].things.add(item)),
    },
)
