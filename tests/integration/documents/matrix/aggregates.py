"""Aggregates, over all rows and by groups, of the matrix."""

from django.db.models import Avg, Count, F, Max, Min, Q, StdDev, Sum, Value
from django.db.models.functions import Coalesce, TruncMonth

from tests.integration.documents.matrix.operations import add_reads, names

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
