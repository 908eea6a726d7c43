"""Reading at the edges: other kinds side by side, values beyond a column's range, orders that only look alike."""

import datetime as dt

from django.db.models import BooleanField, Case, ExpressionWrapper, F, IntegerField, Q, Sum, Value, When
from django.db.models.functions import Trunc

from tests.integration.documents.matrix.operations import add_reads, names

NAN = float("nan")
BIG = (1 << 62) + 1


def _where(*conditions, **lookups):
    return lambda m: names(m.Thing.objects.filter(*conditions, **lookups))


def _without(**lookups):
    return lambda m: names(m.Thing.objects.exclude(**lookups))


def _ordered(*keys):
    return lambda m: list(m.Thing.objects.order_by(*keys, "id").values_list("id", flat=True))


def _valued(expression):
    return lambda m: list(m.Thing.objects.order_by("id").annotate(x=expression).values_list("x", flat=True))


def _has(key):
    return Case(When(**{f"payload__{key}__isnull": False}, then=0), default=1)


add_reads(
    "order of two alike",
    {
        "truncations": _ordered(Trunc("moment", "year"), Trunc("moment", "month").desc()),
        "JSON keys": _ordered(_has("b"), _has("tags")),
        "same twice": _ordered("count", "-count"),
        "truncations of groups": lambda m: list(
            m.Thing.objects.values(y=Trunc("moment", "year"), z=Trunc("moment", "month"))
            .annotate(n=Sum("count"))
            .order_by("y", "-z")
        ),
    },
)
KINDS = {
    "moment and day": _where(moment__gt=F("day")),
    "day and moment": _where(day__lte=F("moment")),
    "text and integer": _where(name__gt=F("count")),
    "span and integer": _where(span__lt=F("big")),
    "moment and integer": _where(moment__gt=F("big")),
    "time and moment": _where(at__lt=F("moment")),
    "Boolean and integer": _where(flag__gt=F("count")),
    "text and UUID": _where(name__lt=F("token")),
    "long integer and float": _where(big__gt=F("ratio")),
    "moments of a relation": _where(maker__founded__lt=F("moment")),
}
add_reads("other kinds", KINDS)
add_reads(
    "not a number",
    {
        "below": _where(ratio__lt=NAN),
        "equal": _where(ratio=NAN),
        "not above": _without(ratio__gt=NAN),
        "in": _where(ratio__in=[NAN, 0.5]),
        "not in": _without(ratio__in=[NAN]),
        "range": _where(ratio__range=(0, NAN)),
        "value": _where(ratio__lt=Value(NAN)),
        "infinite": _where(ratio__lt=float("inf")),
    },
)
add_reads(
    "large integer",
    {
        "sum": lambda m: m.Thing.objects.aggregate(n=Sum(F("big") * (1 << 21) + F("id"))),
        "sum of halves": lambda m: m.Thing.objects.aggregate(n=Sum(F("big") * (1 << 22) - 1)),
        "product": _valued(F("big") * F("big")),
        "product inside 64 bits": _valued(F("big") * ((1 << 22) + 1)),
        "sum of two": _valued(F("big") * (1 << 22) + F("big") * (1 << 22)),
        "product of columns": _valued(F("count") * F("rank")),
        "product beyond a column": _valued(F("count") * 10**9),
        "product beyond a column compared": _where(rank__lt=F("count") * 10**9),
        "quotient": _valued(F("big") / 7),
        "group": lambda m: list(
            m.Thing.objects.values("is_active").annotate(n=Sum(F("big") * (1 << 21) + F("id"))).order_by("is_active")
        ),
    },
)
add_reads(
    "JSON at the edges",
    {
        "index": _where(payload__0=1),
        "not index": _without(payload__0=1),
        "not last index": _without(payload__1=1),
        "not index in a list": _without(payload__b__d__1=2),
        "not index is missing": _without(payload__0__isnull=True),
        "lone surrogate": _where(payload__a="\ud800"),
        "not lone surrogate": _without(payload__a="\ud800"),
        "lone surrogate as a key": _where(payload__has_key="\ud800"),
        "number as a key": _where(payload__has_key=1),
    },
)
add_reads(
    "wrapped",
    {
        "never": _valued(ExpressionWrapper(Q(rank__in=[]), output_field=BooleanField())),
        "always": _valued(ExpressionWrapper(~Q(rank__in=[]), output_field=BooleanField())),
        "condition": _valued(ExpressionWrapper(Q(rank=1), output_field=BooleanField())),
        "decimal as an integer": _valued(ExpressionWrapper(F("count") * F("price"), output_field=IntegerField())),
        "integer as a float": _valued(ExpressionWrapper(F("count") * 2, output_field=IntegerField())),
        "moment as an integer": _valued(ExpressionWrapper(F("moment"), output_field=IntegerField())),
        "moment or integer": _valued(
            Case(When(rank=1, then=F("moment")), default=F("big"), output_field=IntegerField())
        ),
        "time with a zone": _where(at__gt=dt.time(1, tzinfo=dt.UTC)),
    },
)
