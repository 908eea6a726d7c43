"""Ordering, paging, values, aggregates and what is refused, of the matrix."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.db.models import (
    Avg,
    Count,
    Exists,
    F,
    FilteredRelation,
    Max,
    Min,
    OuterRef,
    Prefetch,
    Q,
    StdDev,
    Subquery,
    Sum,
    TextField,
    Value,
    Window,
)
from django.db.models.functions import (
    Abs,
    Cast,
    Coalesce,
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
    "aggregate",
    {
        "count of rows": lambda m: m.Thing.objects.aggregate(n=Count("*")),
        "count of values": lambda m: m.Thing.objects.aggregate(n=Count("rank")),
        "count of distinct values": lambda m: m.Thing.objects.aggregate(n=Count("rank", distinct=True)),
        "sum": lambda m: m.Thing.objects.aggregate(n=Sum("rank")),
        "sum of decimals": lambda m: m.Thing.objects.aggregate(n=Sum("price")),
        "sum of spans": lambda m: m.Thing.objects.aggregate(n=Sum("span")),
        "sum of nothing": lambda m: m.Thing.objects.filter(count=999).aggregate(n=Sum("rank"), k=Count("id")),
        "sum of nulls": lambda m: m.Thing.objects.filter(rank=None).aggregate(
            n=Sum("rank"), a=Avg("rank"), x=Max("rank")
        ),
        "sum with default": lambda m: m.Thing.objects.filter(count=999).aggregate(n=Sum("rank", default=0)),
        "average": lambda m: m.Thing.objects.aggregate(n=Avg("rank")),
        "average of floats": lambda m: m.Thing.objects.aggregate(n=Avg("ratio")),
        "average of decimals": lambda m: m.Thing.objects.aggregate(n=Avg("price")),
        "least and most": lambda m: m.Thing.objects.aggregate(
            a=Min("rank"), b=Max("rank"), c=Min("day"), d=Max("moment"), e=Min("price")
        ),
        "least text": lambda m: m.Thing.objects.filter(name__regex="^[A-Z]").aggregate(n=Min("code"), x=Max("code")),
        "of an expression": lambda m: m.Thing.objects.aggregate(n=Sum(F("count") * F("rank"))),
        "with a filter": lambda m: m.Thing.objects.aggregate(
            n=Count("id", filter=Q(rank__gt=1)), s=Sum("count", filter=~Q(rank=1))
        ),
        "of a slice": lambda m: m.Thing.objects.order_by("count")[:4].aggregate(n=Sum("count")),
        "of distinct rows": lambda m: m.Thing.objects.values("count").distinct().aggregate(n=Sum("count")),
        "arithmetic": lambda m: m.Thing.objects.aggregate(n=Sum("count") + Count("id")),
        "deviation": lambda m: m.Thing.objects.aggregate(n=StdDev("count")),
        "across a relation": lambda m: m.Thing.objects.aggregate(n=Max("maker__founded")),
        "across reverse relation": lambda m: m.Maker.objects.aggregate(n=Count("things")),
        "of groups": lambda m: m.Thing.objects.values("rank").annotate(n=Count("id")).aggregate(x=Max("n")),
    },
)
add_reads(
    "group",
    {
        "count": lambda m: list(m.Thing.objects.values("count").annotate(n=Count("id")).order_by("count")),
        "with null": lambda m: list(m.Thing.objects.values("rank").annotate(n=Count("id")).order_by("rank")),
        "by two": lambda m: list(
            m.Thing.objects.values("is_active", "flag").annotate(n=Sum("count")).order_by("is_active", "flag")
        ),
        "having": lambda m: list(
            m.Thing.objects.values("count").annotate(n=Count("id")).filter(n__gt=1).order_by("count")
        ),
        "having not": lambda m: list(
            m.Thing.objects.values("rank").annotate(s=Sum("ratio")).exclude(s__gt=1).order_by("rank")
        ),
        "filter before": lambda m: list(
            m.Thing.objects.filter(count__gt=0).values("rank").annotate(n=Sum("count")).order_by("rank")
        ),
        "filter and having": lambda m: list(
            m.Thing.objects.filter(count__gt=0).values("rank").annotate(n=Count("id")).filter(n__gte=2).order_by("rank")
        ),
        "in order of the aggregate": lambda m: list(
            m.Thing.objects.values("rank").annotate(n=Sum("count")).order_by("-n", "rank").values_list("rank", "n")
        ),
        "page of groups": lambda m: list(m.Thing.objects.values("rank").annotate(n=Count("id")).order_by("rank")[1:3]),
        "count of groups": lambda m: m.Thing.objects.values("rank").annotate(n=Count("id")).count(),
        "by month": lambda m: list(
            m.Thing.objects.annotate(month=TruncMonth("moment"))
            .values("month")
            .annotate(n=Count("id"))
            .order_by("month")
        ),
        "by part": lambda m: list(m.Thing.objects.values("day__year").annotate(n=Count("id")).order_by("day__year")),
        "by expression": lambda m: list(m.Thing.objects.values(x=F("count") % 2).annotate(n=Count("id")).order_by("x")),
        "by relation": lambda m: list(
            m.Thing.objects.values("maker__name").annotate(n=Count("id")).order_by("maker__name")
        ),
        "rows with counts": lambda m: [
            (item.name, item.n) for item in m.Maker.objects.annotate(n=Count("things")).order_by("id")
        ],
        "rows with filtered counts": lambda m: [
            (item.name, item.n)
            for item in m.Maker.objects.annotate(n=Count("things", filter=Q(things__count__gt=3))).order_by("-n", "id")
        ],
        "rows with many-to-many counts": lambda m: [
            (item.name, item.n) for item in m.Thing.objects.annotate(n=Count("tags")).order_by("id")
        ],
        "rows filtered by counts": lambda m: names(m.Thing.objects.annotate(n=Count("tags")).filter(n__gt=1)),
        "sum or zero": lambda m: list(
            m.Maker.objects.annotate(n=Coalesce(Sum("things__rank"), Value(0))).order_by("id").values_list("name", "n")
        ),
        "expression of aggregates": lambda m: list(
            m.Thing.objects.values("rank")
            .annotate(n=Sum("count") * 2 + Count("id"))
            .order_by("rank")
            .values_list("rank", "n")
        ),
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
