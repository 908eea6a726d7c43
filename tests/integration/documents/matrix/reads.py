"""Ordering, paging, values and what is refused, of the matrix."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.db.models import (
    Count,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    TextField,
    Value,
    Window,
)
from django.db.models.functions import (
    Abs,
    Cast,
    Concat,
    Lower,
    Now,
    NullIf,
    RowNumber,
    TruncDate,
    TruncMonth,
    TruncYear,
    Upper,
)
from django.utils import timezone

from tests.integration.documents.matrix.operations import add_reads, names


def _in_zone(m):
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        return m.Thing.objects.filter(moment__date=dt.date(2024, 3, 29)).count()


def _column(column):
    return lambda m: list(m.Thing.objects.order_by("id").values_list(column, flat=True))


def _ordered(*keys):
    return lambda m: list(m.Thing.objects.order_by(*keys, "id").values_list("name", flat=True))


add_reads(
    "order",
    {
        "integer": _ordered("count"),
        "descending": _ordered("-count"),
        "nulls last": _ordered("rank"),
        "nulls first": _ordered("-rank"),
        "nulls first by will": _ordered(F("rank").asc(nulls_first=True)),
        "nulls last by will": _ordered(F("rank").desc(nulls_last=True)),
        "decimal": _ordered("discount"),
        "moment": _ordered("-moment"),
        "day": _ordered("day"),
        "UUID": _ordered("-token"),
        "Boolean": _ordered("flag", "-is_active"),
        "span": _ordered("span"),
        "expression": _ordered(F("count") * -1),
        "absolute": _ordered(Abs("count")),
        "annotation": lambda m: list(
            m.Thing.objects.annotate(twice=F("rank") * 2).order_by("-twice", "id").values_list("name", flat=True)
        ),
        "selected position": lambda m: list(m.Thing.objects.order_by("count", "id").values_list("count", "id")),
        "by relation": _ordered("maker__name"),
        "by relation's id": _ordered("-maker"),
        "by relation's null": _ordered("maker__city"),
        "reverse": lambda m: list(m.Thing.objects.order_by("rank", "id").reverse().values_list("name", flat=True)),
        "random": _ordered("?"),
        "JSON": _ordered("payload"),
        "bytes": _ordered("blob"),
        "first": lambda m: m.Thing.objects.order_by("count", "id").first().name,
        "last": lambda m: m.Thing.objects.order_by("count", "id").last().name,
        "latest": lambda m: m.Thing.objects.filter(moment__isnull=False).latest("moment").name,
        "earliest": lambda m: m.Thing.objects.filter(day__isnull=False).earliest("day").name,
    },
)
add_reads(
    "page",
    {
        "first": lambda m: list(m.Thing.objects.order_by("id").values_list("name", flat=True)[:3]),
        "middle": lambda m: list(m.Thing.objects.order_by("-count", "id").values_list("name", flat=True)[3:7]),
        "beyond": lambda m: list(m.Thing.objects.order_by("id")[100:110]),
        "nothing": lambda m: list(m.Thing.objects.order_by("id")[2:2]),
        "index": lambda m: m.Thing.objects.order_by("id")[4].name,
        "keyset": lambda m: list(
            m.Thing.objects.filter(Q(count__gt=3) | Q(count=3, id__gt=9))
            .order_by("count", "id")
            .values_list("name", flat=True)[:4]
        ),
        "count of a slice": lambda m: m.Thing.objects.order_by("id")[2:6].count(),
        "iterator": lambda m: [item.name for item in m.Thing.objects.order_by("id").iterator(chunk_size=5)],
        "in_bulk": lambda m: sorted(m.Thing.objects.in_bulk([1, 2, 99])),
        "in_bulk by another field": lambda m: sorted(m.Maker.objects.in_bulk(["Acme"], field_name="name")),
        "get": lambda m: m.Thing.objects.get(name="Chalk").count,
        "get of none": lambda m: m.Thing.objects.get(name="nobody"),
        "get of several": lambda m: m.Thing.objects.get(count=5),
        "exists": lambda m: m.Thing.objects.filter(count=5).exists(),
        "does not exist": lambda m: m.Thing.objects.filter(count=55).exists(),
        "exists among groups": lambda m: (
            m.Thing.objects.values("count").annotate(n=Count("id")).filter(n__gt=1).exists()
        ),
        "contains": lambda m: m.Thing.objects.contains(m.Thing.objects.get(name="Chalk")),
        "count": lambda m: m.Thing.objects.count(),
        "count of filtered": lambda m: m.Thing.objects.filter(rank__gt=1).count(),
    },
)
ROUND_TRIP = [
    "name", "note", "count", "rank", "small", "big", "ratio", "price", "discount", "is_active", "flag", "day", "moment",
    "at", "span", "token", "code", "blob", "payload", "address", "maker",
]  # fmt: skip
add_reads(
    "value",
    {column: _column(column) for column in ROUND_TRIP},
)
add_reads(
    "values",
    {
        "dictionaries": lambda m: list(m.Thing.objects.order_by("id").values("name", "rank")),
        "tuples": lambda m: list(m.Thing.objects.order_by("id").values_list("id", "count", "maker_id")),
        "named": lambda m: [row.name for row in m.Thing.objects.order_by("id").values_list("name", named=True)],
        "of relation": lambda m: list(m.Thing.objects.order_by("id").values_list("name", "maker__name", "maker__city")),
        "of many-to-many": lambda m: sorted(m.Thing.objects.values_list("name", "tags__word"), key=repr),
        "of a JSON key": lambda m: list(m.Thing.objects.order_by("id").values_list("payload__a", flat=True)),
        "expressions": lambda m: list(m.Thing.objects.order_by("id").values_list("name", F("count") + 1)),
        "annotation": lambda m: list(
            m.Thing.objects.order_by("id").annotate(x=F("ratio") * 2).values_list("x", flat=True)
        ),
        "arithmetic of decimals": lambda m: list(
            m.Thing.objects.order_by("id").annotate(x=F("price") - F("discount")).values_list("x", flat=True)
        ),
        "moment minus span": lambda m: list(
            m.Thing.objects.order_by("id").annotate(x=F("moment") - F("span")).values_list("x", flat=True)
        ),
        "moment minus moment": lambda m: list(
            m.Thing.objects.order_by("id").annotate(x=F("moment") - F("moment")).values_list("x", flat=True)
        ),
        "concatenation": lambda m: list(
            m.Thing.objects.order_by("id").annotate(x=Concat("name", Value("-"), "note")).values_list("x", flat=True)
        ),
        "null if": lambda m: list(
            m.Thing.objects.order_by("id").annotate(x=NullIf("count", Value(5))).values_list("x", flat=True)
        ),
        "distinct": lambda m: sorted(m.Thing.objects.values_list("count", flat=True).distinct()),
        "distinct with nulls": lambda m: sorted(m.Thing.objects.values_list("rank", flat=True).distinct(), key=repr),
        "distinct in order": lambda m: list(
            m.Thing.objects.values_list("rank", flat=True).distinct().order_by("-rank")
        ),
        "distinct page": lambda m: list(
            m.Thing.objects.values_list("count", flat=True).distinct().order_by("count")[1:4]
        ),
        "count of distinct": lambda m: m.Thing.objects.values("rank").distinct().count(),
        "dates": lambda m: list(m.Thing.objects.dates("day", "month")),
        "dates by year, newest first": lambda m: list(m.Thing.objects.dates("day", "year", order="DESC")),
        "datetimes": lambda m: list(m.Thing.objects.datetimes("moment", "month")),
        "truncated to the month": lambda m: list(
            m.Thing.objects.order_by("id").annotate(x=TruncMonth("moment")).values_list("x", flat=True)
        ),
        "truncated to the year of a day": lambda m: list(
            m.Thing.objects.order_by("id").annotate(x=TruncYear("day")).values_list("x", flat=True)
        ),
        "day of a moment": lambda m: list(
            m.Thing.objects.order_by("id").annotate(x=TruncDate("moment")).values_list("x", flat=True)
        ),
        "parts of a moment": lambda m: list(
            m.Thing.objects.order_by("id").values_list("moment__month", "moment__day", "day__year")
        ),
        "only": lambda m: [(item.name, item.count) for item in m.Thing.objects.order_by("id").only("name")],
        "defer": lambda m: [item.count for item in m.Thing.objects.order_by("id").defer("count", "payload")],
        "select_related": lambda m: [
            item.maker and item.maker.name for item in m.Thing.objects.select_related("maker").order_by("id")
        ],
        "prefetch_related": lambda m: [
            [tag.word for tag in item.tags.all()]
            for item in m.Thing.objects.prefetch_related(Prefetch("tags", m.Tag.objects.order_by("id"))).order_by("id")
        ],
        "prefetch of reverse": lambda m: [
            sorted(item.name for item in maker.things.all())
            for maker in m.Maker.objects.prefetch_related("things").order_by("id")
        ],
        "related manager": lambda m: names(m.Maker.objects.get(name="Acme").things.filter(count__gt=0)),
        "alias": lambda m: names(m.Thing.objects.alias(x=F("count") + 1).filter(x=6)),
        "lower": lambda m: list(m.Thing.objects.order_by("id").values_list(Lower("name"), flat=True)),
        "upper": lambda m: names(m.Thing.objects.annotate(x=Upper("name")).filter(x="AMBER")),
        "cast": lambda m: list(m.Thing.objects.order_by("id").values_list(Cast("count", TextField()), flat=True)),
        "constant": lambda m: list(m.Thing.objects.order_by("id").values_list(Value("$name"), flat=True)),
    },
)
add_reads(
    "refused shape",
    {
        "union": lambda m: len(m.Thing.objects.filter(count=5).union(m.Thing.objects.filter(count=3))),
        "intersection": lambda m: len(m.Thing.objects.filter(count=5).intersection(m.Thing.objects.filter(rank=0))),
        "difference": lambda m: len(m.Thing.objects.filter(count=5).difference(m.Thing.objects.filter(rank=0))),
        "raw": lambda m: len(list(m.Thing.objects.raw(f'SELECT * FROM "{m.Thing._meta.db_table}"'))),
        "extra": lambda m: len(m.Thing.objects.extra(where=["count > 3"])),
        "cursor": lambda m: m.connection.cursor().execute("SELECT 1"),
        "sub-query in": lambda m: len(m.Thing.objects.filter(maker__in=m.Maker.objects.filter(city="Ulm"))),
        "exists sub-query": lambda m: len(m.Maker.objects.filter(Exists(m.Thing.objects.filter(maker=OuterRef("pk"))))),
        "sub-query as value": lambda m: len(
            m.Maker.objects.annotate(x=Subquery(m.Thing.objects.filter(maker=OuterRef("pk")).values("name")[:1]))
        ),
        "window": lambda m: len(m.Thing.objects.annotate(x=Window(RowNumber(), order_by="id"))),
        "distinct on": lambda m: len(m.Thing.objects.order_by("count").distinct("count")),
        "filtered relation": lambda m: len(
            m.Maker.objects.annotate(f=FilteredRelation("things", condition=Q(things__count__gt=3))).filter(
                f__isnull=False
            )
        ),
        "now": lambda m: m.Thing.objects.filter(moment__lt=Now()).count(),
        "part of a moment in another zone": _in_zone,
    },
)
