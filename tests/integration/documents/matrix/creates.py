"""Rows that are made, of the matrix: values of every kind, constraints, bulks; each returns what it found afterwards."""

import datetime as dt
import uuid
from decimal import Decimal

from django.db import transaction

from tests.integration.documents.matrix.operations import add_writes, column_after, error_of

UTC = dt.UTC
PLAIN = {"name": "new", "count": 1000, "price": Decimal(1), "token": uuid.UUID(int=1)}


def _created(**values):
    """Create a row and read back what was given."""

    def operation(m):
        key = m.Thing.objects.create(**{**PLAIN, **values}).pk
        row = m.Thing.objects.get(pk=key)
        return [bytes(value) if isinstance(value := getattr(row, column), memoryview) else value for column in values]

    return operation


def _committed(m, change):
    with transaction.atomic(using=m.alias):
        change()


def _pair(result, column):
    item, is_new = result
    return [getattr(item, column), is_new]


add_writes(
    "create",
    {
        "row": _created(),
        "decimal rounded half up": _created(price=Decimal("0.125"), discount=Decimal("-0.0005")),
        "decimal with too many digits": _created(price=Decimal("123456789.00")),
        "decimal not a number": _created(price=Decimal("NaN")),
        "moment with microseconds": _created(moment=dt.datetime(2024, 2, 29, 1, 2, 3, 456_789, tzinfo=UTC)),
        "moment before 1970": _created(moment=dt.datetime(1900, 1, 1, 0, 0, 0, 1, tzinfo=UTC)),
        "first and last moment": _created(moment=dt.datetime(1, 1, 2, tzinfo=UTC)),
        "moment of another zone": _created(moment=dt.datetime(2024, 2, 29, tzinfo=dt.timezone(dt.timedelta(hours=9)))),
        "day before 1970": _created(day=dt.date(1, 1, 1)),
        "time with microseconds": _created(at=dt.time(23, 59, 59, 999_999)),
        "negative span": _created(span=dt.timedelta(microseconds=-1)),
        "empty text": _created(name="", note=""),
        "text with NUL": _created(note="a\0b"),
        "text with a lone surrogate": _created(note="\ud800"),
        "text too long": _created(name="x" * 21),
        "text of exactly the length": _created(name="é" * 20),
        "integer too large": _created(count=1 << 31),
        "integer far too large": _created(count=1 << 70),
        "big integer": _created(big=(1 << 63) - 1),
        "small integer too large": _created(small=1 << 15),
        "negative positive integer": _created(small=-1),
        "not a number": _created(ratio=float("nan")),
        "infinity": _created(ratio=float("inf")),
        "JSON": _created(payload={"b": [1, {"c": None}], "a": "é", "": 0, "x.y": 1, "$z": 2}),
        "JSON with NUL": _created(payload={"a": "\0"}),
        "JSON with huge integer": _created(payload={"a": 1 << 80}),
        "JSON with not a number": _created(payload={"a": float("nan")}),
        "bytes": _created(blob=bytes(range(256))),
        "address": _created(address="2001:0DB8::0001"),
        "null where there must be a value": _created(count=None),
        "check constraint broken": _created(count=-1001),
        "check constraint kept": _created(count=-1000),
        "unique taken": _created(code="c1"),
        "unique null twice": lambda m: [m.Thing.objects.create(**{**PLAIN, "count": number}).code for number in (1, 2)],
        "unique together taken": lambda m: (
            m.Thing.objects.create(**{**PLAIN, "name": "Amber", "count": 5, "rank": 0}) and None
        ),
        "unique together with null": lambda m: [
            m.Thing.objects.create(**{**PLAIN, "name": "x", "count": 5}).rank for _ in range(2)
        ],
        "foreign key": lambda m: m.Thing.objects.create(**PLAIN, maker=m.Maker.objects.get(name="Bolt")).maker.name,
        "foreign key to nothing": lambda m: _committed(m, lambda: m.Thing.objects.create(**PLAIN, maker_id=99)),
        "key given": lambda m: m.Thing.objects.create(**PLAIN, pk=500).pk,
        "key taken": lambda m: m.Thing.objects.create(**PLAIN, pk=1).pk,
        "through relation": lambda m: [
            m.Maker.objects.get(name="Acme").things.create(**PLAIN).maker_id,
            m.Thing.objects.count(),
        ],
        "in bulk": column_after(
            "name",
            lambda m: all(
                item.pk for item in m.Thing.objects.bulk_create([m.Thing(**{**PLAIN, "count": n}) for n in range(3)])
            ),
        ),
        "in bulk, one taken, none stays": lambda m: [
            error_of(lambda: m.Thing.objects.bulk_create([m.Thing(**PLAIN), m.Thing(**{**PLAIN, "code": "c1"})])),
            m.Thing.objects.count(),
        ],
        "in bulk, ignoring conflicts": lambda m: len(
            m.Thing.objects.bulk_create([m.Thing(**PLAIN, code="c1")], ignore_conflicts=True)
        ),
        "in bulk, updating conflicts": lambda m: len(
            m.Maker.objects.bulk_create(
                [m.Maker(name="Acme", city="Rom")],
                update_conflicts=True,
                update_fields=["city"],
                unique_fields=["name"],
            )
        ),
        "in long bulk": lambda m: (
            len(m.Tag.objects.bulk_create([m.Tag(word=f"w{n}") for n in range(3_000)])) and m.Tag.objects.count()
        ),
        "get or create, there": lambda m: _pair(
            m.Maker.objects.get_or_create(name="Acme", defaults={"city": "Rom"}), "city"
        ),
        "get or create, new": lambda m: _pair(
            m.Maker.objects.get_or_create(name="Duro", defaults={"city": "Rom"}), "city"
        ),
        "update or create, new": lambda m: _pair(
            m.Maker.objects.update_or_create(name="Duro", defaults={"city": "Rom"}), "city"
        ),
        "update or create, there": lambda m: _pair(
            m.Maker.objects.update_or_create(name="Acme", defaults={"city": "Rom"}), "city"
        ),
        "constraints validated": lambda m: error_of(
            lambda: m.Thing(**{**PLAIN, "count": -2000, "code": "zz", "small": 1}).full_clean(exclude=["tags", "maker"])
        ),
        "unique validated": lambda m: error_of(lambda: m.Thing(**{**PLAIN, "code": "c1"}).validate_unique()),
    },
)
