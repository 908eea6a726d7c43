"""Filters and conditions of the matrix."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, Length

from tests.integration.documents.matrix.operations import add_reads, names

UTC = dt.UTC
MOMENT = dt.datetime(2024, 3, 28, 23, 59, 59, 999_997, tzinfo=UTC)


def _filtered(**lookups):
    return lambda m: names(m.Thing.objects.filter(**lookups))


def _excluded(**lookups):
    return lambda m: names(m.Thing.objects.exclude(**lookups))


def _where(*conditions):
    return lambda m: names(m.Thing.objects.filter(*conditions))


LOOKUPS: dict[str, dict[str, Any]] = {
    "exact text": {"name": "Amber"},
    "exact with quotes": {"name": 'quote"s'},
    "exact that looks like a query": {"name": "{'$gt': ''}"},
    "iexact": {"name__iexact": "AMBER"},
    "iexact with a dot": {"name__iexact": "A.B"},
    "iexact that looks like JSON": {"name__iexact": '{"$gt": ""}'},
    "iexact of a part": {"name__iexact": "amb"},
    "iexact before a newline": {"name__iexact": "line"},
    "contains": {"name__contains": "a"},
    "contains a dot": {"name__contains": "."},
    "contains a percent sign": {"name__contains": "%"},
    "contains an underscore": {"name__contains": "_"},
    "contains an evil pattern": {"name__contains": "(a+)+$"},
    "contains a newline": {"note__contains": "\nof"},
    "contains nothing": {"note__contains": ""},
    "icontains": {"name__icontains": "A"},
    "icontains accents": {"name__icontains": "é"},
    "startswith": {"name__startswith": "a"},
    "startswith a parenthesis": {"name__startswith": "("},
    "istartswith": {"name__istartswith": "a"},
    "endswith": {"name__endswith": "k"},
    "endswith a dollar": {"name__endswith": "$"},
    "endswith before a newline": {"name__endswith": "line"},
    "iendswith": {"name__iendswith": "OFF"},
    "regex": {"name__regex": "^[A-C].+[rk]$"},
    "regex with digits": {"name__regex": r"\d+%"},
    "regex end before a newline": {"name__regex": "e$"},
    "regex any character": {"note__regex": "0.of"},
    "regex choice": {"name__regex": "^(Amber|Chalk)$"},
    "regex counted": {"name__regex": "^[a-z]{6}$"},
    "iregex": {"name__iregex": "^amb"},
    "regex of words": {"name__regex": r"\w+"},
    "regex nested loops": {"name__regex": "(a+)+$"},
    "regex back reference": {"name__regex": r"(s)\1"},
    "gt": {"count__gt": 3},
    "gte": {"count__gte": 3},
    "lt": {"count__lt": 3},
    "lte nullable": {"rank__lte": 2},
    "gt float": {"ratio__gt": 0.25},
    "gt integer by float": {"count__gte": 2.5},
    "huge integer": {"count": 1 << 80},
    "below a huge integer": {"count__lt": 1 << 80},
    "big integer": {"big__gt": (1 << 40) + 5},
    "exact decimal": {"price": Decimal("12.49")},
    "decimal that is not rounded": {"price": Decimal("12.491")},
    "gt decimal": {"discount__gt": Decimal("0.5")},
    "decimal range": {"price__range": (Decimal(10), Decimal("15.5"))},
    "in": {"count__in": [5, 100, -7]},
    "in with null": {"rank__in": [1, None]},
    "in of nothing": {"rank__in": []},
    "in long": {"count__in": list(range(20_000))},
    "in text": {"name__in": ["Amber", "(a+)+$", "none"]},
    "range": {"count__range": (0, 5)},
    "isnull": {"rank__isnull": True},
    "is not null": {"rank__isnull": False},
    "exact null": {"note": None},
    "Boolean true": {"is_active": True},
    "Boolean null": {"flag": None},
    "Boolean false of nullable": {"flag": False},
    "exact UUID": {"token": uuid.UUID(int=7919)},
    "UUID as text": {"token": str(uuid.UUID(int=7919))},
    "in of UUIDs": {"token__in": [uuid.UUID(int=0), uuid.UUID(int=7919)]},
    "gt UUID": {"token__gt": uuid.UUID(int=7919 * 5)},
    "contains in a UUID": {"token__icontains": "1e"},
    "exact day": {"day": dt.date(2020, 1, 1)},
    "day before": {"day__lt": dt.date(2021, 6, 1)},
    "day between": {"day__range": (dt.date(2020, 6, 1), dt.date(2021, 12, 31))},
    "day year": {"day__year": 2021},
    "day year after": {"day__year__gt": 2020},
    "day month": {"day__month": 5},
    "day of month": {"day__day__gte": 5},
    "day week": {"day__week": 1},
    "day ISO year": {"day__iso_year": 2020},
    "day of the week": {"day__week_day": 1},
    "day of the ISO week": {"day__iso_week_day": 7},
    "day quarter": {"day__quarter": 2},
    "exact moment, microseconds": {"moment": MOMENT},
    "moment after, microseconds": {"moment__gt": MOMENT},
    "moment year": {"moment__year": 2024},
    "moment year at most": {"moment__year__lte": 2023},
    "moment month in": {"moment__month__in": [1, 3]},
    "moment hour": {"moment__hour": 23},
    "moment second": {"moment__second__gte": 59},
    "moment date": {"moment__date": dt.date(2024, 3, 28)},
    "moment time": {"moment__time__lt": dt.time(23, 59, 59, 999_995)},
    "exact time": {"at": dt.time(2, 30, 15, 123_456)},
    "time before": {"at__lt": dt.time(5)},
    "time hour": {"at__hour__gte": 8},
    "exact span": {"span": dt.timedelta(hours=1, microseconds=1)},
    "span above": {"span__gt": dt.timedelta(hours=5)},
    "exact bytes": {"blob": bytes([2, 0, 255])},
    "bytes above": {"blob__gt": bytes([2])},
    "exact address": {"address": "10.0.0.1"},
    "address above": {"address__gt": "10.0.0.1"},
    "contains in a number": {"count__contains": "0"},
    "by relation": {"maker__name": "Acme"},
    "by relation's null": {"maker__city__isnull": True},
    "by id of relation": {"maker": 2},
    "by ids of relation": {"maker__in": [1, 3]},
    "without relation": {"maker__isnull": True},
    "by many-to-many": {"tags__word": "blue"},
    "by two of many-to-many": {"tags__word__in": ["red", "blue"]},
}
add_reads("filter", {name: _filtered(**lookups) for name, lookups in LOOKUPS.items()})

EXCLUDED: dict[str, dict[str, Any]] = {
    "null stays out": {"rank": 1},
    "gt of nullable": {"rank__gt": 1},
    "in of nullable": {"rank__in": [0, 1]},
    "in of nothing": {"rank__in": []},
    "contains of nullable": {"note__contains": "1"},
    "several together": {"rank": 1, "count": 5},
    "isnull": {"rank__isnull": True},
    "Boolean of nullable": {"flag": True},
    "by relation": {"maker__name": "Acme"},
    "by many-to-many": {"tags__word": "blue"},
    "range of nullable": {"ratio__range": (0, 1)},
    "year of nullable": {"moment__year": 2024},
    "regex of nullable": {"note__regex": "^note 1"},
}
add_reads("exclude", {name: _excluded(**lookups) for name, lookups in EXCLUDED.items()})

add_reads(
    "conditions",
    {
        "or": _where(Q(count=5) | Q(rank=2)),
        "and": _where(Q(count=5) & Q(is_active=True)),
        "not": _where(~Q(rank=1)),
        "not or": _where(~(Q(rank=1) | Q(flag=True))),
        "not and": _where(~(Q(rank=1) & Q(flag=False))),
        "twice not": _where(~~Q(rank=1)),
        "nested": _where((Q(rank__gt=1) | ~Q(flag=True)) & ~(Q(count=5) | Q(note=None))),
        "exclusive or": _where(Q(rank=1) ^ Q(flag=True)),
        "none": lambda m: names(m.Thing.objects.none()),
        "column against column": _where(Q(count__gt=F("rank"))),
        "not column against column": _where(~Q(count__gt=F("rank"))),
        "arithmetic": _where(Q(count__gt=F("rank") * 2 + 1)),
        "not equal to arithmetic": _where(~Q(count=F("rank") * 2 + 1)),
        "not arithmetic": _where(~Q(count__gt=F("rank") * 2 + 1)),
        "whole division": _where(Q(count=F("big") / F("big") * 5)),
        "division of negatives": lambda m: list(m.Thing.objects.order_by("id").values_list(F("count") / 2, flat=True)),
        "remainder of negatives": lambda m: list(m.Thing.objects.order_by("id").values_list(F("count") % 3, flat=True)),
        "division of decimals": lambda m: list(m.Thing.objects.order_by("id").values_list(F("price") / 3, flat=True)),
        "power": lambda m: list(m.Thing.objects.order_by("id").values_list(F("count") ** 2, flat=True)),
        "moment plus span": _where(Q(moment__lt=F("moment") + F("span"))),
        "case": lambda m: names(
            m.Thing.objects.annotate(
                kind=Case(When(rank__gt=2, then=Value("hi")), When(rank=None, then=Value("no")), default=Value("lo"))
            ).filter(kind="hi"),
        ),
        "case with not": lambda m: list(
            m.Thing.objects.order_by("id").values_list(
                Case(When(~Q(rank=1), then=Value(1)), default=Value(0)), flat=True
            ),
        ),
        "condition as a value": lambda m: list(
            m.Thing.objects.order_by("id").annotate(is_high=Q(rank__gt=1)).values_list("is_high", flat=True)
        ),
        "coalesce": lambda m: names(m.Thing.objects.annotate(known=Coalesce("rank", Value(-1))).filter(known=-1)),
        "length": lambda m: names(m.Thing.objects.annotate(size=Length("note")).filter(size__gt=14)),
        "filter of a value": lambda m: names(m.Thing.objects.filter(F("is_active"))),
        "chain on many-to-many": lambda m: names(m.Thing.objects.filter(tags__word="red").filter(tags__word="blue")),
        "distinct on many-to-many": lambda m: names(m.Thing.objects.filter(tags__word__in=["red", "blue"]).distinct()),
        "reverse relation": lambda m: sorted(
            m.Maker.objects.filter(things__count__gt=3).distinct().values_list("name", flat=True)
        ),
        "reverse relation is null": lambda m: sorted(
            m.Tag.objects.filter(things__isnull=True).values_list("word", flat=True)
        ),
        "two relations deep": lambda m: sorted(
            m.Tag.objects.filter(things__maker__city="Ulm").distinct().values_list("word", flat=True)
        ),
    },
)

JSON_LOOKUPS: dict[str, dict[str, Any]] = {
    "key": {"payload__a": 1},
    "key text": {"payload__a": "1"},
    "key Boolean": {"payload__a": True},
    "key null": {"payload__n": None},
    "key list": {"payload__a": []},
    "deep key": {"payload__b__c": "deep"},
    "index": {"payload__0": 1},
    "index in a list": {"payload__b__d__1": 2},
    "key in": {"payload__a__in": [1, "1", True]},
    "key is missing": {"payload__a__isnull": True},
    "key is there": {"payload__a__isnull": False},
    "key above": {"payload__a__gt": 0},
    "key below": {"payload__a__lt": 2},
    "key above text": {"payload__a__gt": "0"},
    "key contains": {"payload__b__c__icontains": "EE"},
    "equal object": {"payload": {"a": 1, "b": {"c": "deep", "d": [1, 2]}, "n": None}},
    "equal object in other order": {"payload": {"n": None, "b": {"d": [1, 2], "c": "deep"}, "a": 1}},
    "equal empty object": {"payload": {}},
    "equal number": {"payload": 5},
    "equal list": {"payload": ["a", "b"]},
    "has key": {"payload__has_key": "a"},
    "has dotted key": {"payload__has_key": "dotted.key"},
    "has dollar key": {"payload__has_key": "$gt"},
    "has keys": {"payload__has_keys": ["a", "b"]},
    "has any keys": {"payload__has_any_keys": ["tags", "b"]},
    "deep has key": {"payload__b__has_key": "c"},
    "contains object": {"payload__contains": {"a": 1}},
    "contained": {"payload__contained_by": {"a": 1}},
    "is null": {"payload__isnull": True},
}
add_reads("JSON filter", {name: _filtered(**lookups) for name, lookups in JSON_LOOKUPS.items()})
add_reads(
    "JSON exclude",
    {
        "key": _excluded(payload__a=1),
        "equal object": _excluded(payload={}),
        "has key": _excluded(payload__has_key="a"),
        "key above": _excluded(payload__a__gt=0),
    },
)
