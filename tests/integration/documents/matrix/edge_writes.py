"""Writing at the edges: values computed beyond their column, other kinds, rows that others point to."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from tests.integration.documents.matrix.operations import add_writes


def _updated(**values):
    """Update every row and list the first column."""
    column = next(iter(values))
    return lambda m: [m.Thing.objects.update(**values), list(m.Thing.objects.order_by("id").values_list(column))]


def _bulk_updated(column, value):
    def operation(m):
        item = m.Thing.objects.get(name="Amber")
        setattr(item, column, value)
        m.Thing.objects.bulk_update([item], [column])
        return m.Thing.objects.values_list(column, flat=True).get(pk=item.pk)

    return operation


def _saved(column, value):
    def operation(m):
        item = m.Thing.objects.get(name="Amber")
        setattr(item, column, value)
        item.save()
        return m.Thing.objects.values_list(column, flat=True).get(pk=item.pk)

    return operation


def _whole(change):
    """Run in a block, so that what PostgreSQL checks at its end is checked."""

    def operation(m):
        with transaction.atomic(using=m.alias):
            change(m)
        return [m.Maker.objects.count(), m.Thing.objects.filter(maker__isnull=False).count()]

    return operation


def _raw_deleted(rows):
    return rows._raw_delete(rows.db)


add_writes(
    "computed",
    {
        "decimal too large": _updated(price=F("price") * 10**9),
        "decimal too large by a hair": _updated(price=F("price") * 0 + Decimal("99999999.995")),
        "decimal that fits": _updated(price=F("price") * 0 + Decimal("99999999.994")),
        "nullable decimal too large": _updated(discount=F("discount") * 10**6),
        "integer too large": _updated(count=F("count") * 10**9),
        "big integer too large": _updated(big=F("big") * F("big")),
        "big integer exact": _updated(big=F("big") * (1 << 22) + 1),
        "integer from a moment": _updated(big=F("moment")),
        "moment from a span": _updated(moment=F("span")),
        "integer from a time": _updated(big=F("at")),
        "text with NUL": _updated(note=Concat(Value("a\0"), F("name"))),
        "text too long": _updated(name=Concat(F("name"), Value("x" * 20))),
        "span too long": _updated(span=F("span") + dt.timedelta(days=10**8)),
        "float from an integer": _updated(ratio=F("count")),
        "integer from a float": _updated(count=F("ratio")),
    },
)
add_writes(
    "bulk update",
    {
        "decimal too large": _bulk_updated("price", Decimal("99999999999.99")),
        "decimal rounded half up": _bulk_updated("price", Decimal("0.125")),
        "text with NUL": _bulk_updated("note", "a\0b"),
        "not a number": _bulk_updated("ratio", float("nan")),
        "integer too large": _bulk_updated("count", 1 << 31),
        "integer far too large": _bulk_updated("big", 1 << 70),
        "JSON": _bulk_updated("payload", {"z": 1, "a": [None]}),
        "float": _bulk_updated("ratio", 2.5),
        "relation": lambda m: _bulk_updated("maker", m.Maker.objects.get(name="Crux"))(m),
        "relation to nothing": _bulk_updated("maker_id", 99),
        "time with a zone": _bulk_updated("at", dt.time(1, tzinfo=dt.UTC)),
    },
)
add_writes(
    "save at the edges",
    {
        "JSON with a lone surrogate": _saved("payload", {"a": "\ud800"}),
        "JSON key with a lone surrogate": _saved("payload", {"\udfff": 1}),
        "time with a zone": _saved("at", dt.time(1, tzinfo=dt.UTC)),
    },
)
add_writes(
    "pointed to",
    {
        "raw delete": _whole(lambda m: _raw_deleted(m.Maker.objects.filter(name="Acme"))),
        "raw delete of many-to-many": _whole(lambda m: _raw_deleted(m.Tag.objects.filter(word="red"))),
        "raw delete of what nothing points to": _whole(
            lambda m: (m.Maker.objects.create(name="Duro"), _raw_deleted(m.Maker.objects.filter(name="Duro")))
        ),
        "key changed": _whole(lambda m: m.Maker.objects.filter(name="Acme").update(id=77)),
        "key kept": _whole(lambda m: m.Maker.objects.filter(name="Acme").update(id=1)),
    },
)
