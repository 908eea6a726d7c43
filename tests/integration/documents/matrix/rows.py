"""The rows that every operation of the matrix starts from: few, and each unlike the others."""

import datetime as dt
import uuid
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.db import connections

UTC = dt.UTC
NAMES = [
    "Amber",
    "basalt",
    "Chalk",
    "a.b",
    "(a+)+$",
    "50% off",
    "under_score",
    'quote"s',
    "tab\there",
    "line\n",
    "Éclair",
    "{'$gt': ''}",
]


def store(label: str) -> SimpleNamespace:
    """Name the models of one application."""
    models = {name: apps.get_model(label, name) for name in ("Maker", "Tag", "Thing")}
    alias = {"matrix_documents": "documents", "matrix_relational": "default"}[label]
    return SimpleNamespace(alias=alias, connection=connections[alias], label=label, **models)


def empty(m: Any) -> None:
    """Remove every row and start ids again."""
    with m.connection.cursor() as cursor:
        if m.alias == "default":
            tables = [m.Thing.tags.through, m.Thing, m.Tag, m.Maker]
            names = ", ".join(f'"{model._meta.db_table}"' for model in tables)
            cursor.execute(f"TRUNCATE {names} RESTART IDENTITY")
            return
    for model in (m.Thing.tags.through, m.Thing, m.Tag, m.Maker):
        m.connection.database[model._meta.db_table].delete_many({})
    m.connection.database["__schema__"].update_many({}, {"$set": {"auto.seq": 0}})


def fill(m: Any) -> None:
    """Put the rows in by few statements, as tests do it hundreds of times; ids are of the store's own making."""
    makers = create(
        m.Maker(name="Acme", city="Ulm", founded=1900),
        m.Maker(name="Bolt", city=None, founded=1950),
        m.Maker(name="Crux", city="Ulm", founded=None),
    )
    tags = create(*(m.Tag(word=word) for word in ("red", "blue", "green")))
    things = create(*(thing(m, number, makers) for number in range(len(NAMES))))
    has_tag = m.Thing.tags.through
    create(
        *(has_tag(thing=item, tag=tag) for number, item in enumerate(things) for tag in tags[: number % 3]),
    )


def create(*rows: Any) -> list[Any]:
    """Store rows of one model; return them as they are stored, in that order."""
    model = type(rows[0])
    model.objects.bulk_create(rows)
    return list(model.objects.order_by("id"))


def thing(m: Any, number: int, makers: list[Any]) -> Any:
    has = number % 4 != 3
    moment = dt.datetime(2024, 1 + number % 12, 28, 23, 59, 59, 999_999 - number, tzinfo=UTC)
    return m.Thing(
        name=NAMES[number],
        note=f"note {number}\nof {NAMES[number]}" if has else None,
        count=[5, -3, 0, 7, 5, 12, 100, -7, 3, 3, 2, 1][number],
        rank=number % 5 if has else None,
        big=(1 << 40) + number if has else None,
        ratio=number / 4 - 1 if has else None,
        price=Decimal("9.99") + number * Decimal("1.25"),
        discount=Decimal("0.125") * number if has else None,
        is_active=number % 2 == 0,
        flag=[True, False, None][number % 3],
        day=dt.date(2020 + number % 3, 1 + number % 12, 1 + number) if has else None,
        moment=moment if has else None,
        at=dt.time(number, 30, 15, 123_456) if has else None,
        span=dt.timedelta(hours=number, microseconds=number) if has else None,
        token=uuid.UUID(int=number * 7919),
        code=f"c{number}" if number % 2 else None,
        blob=bytes([number, 0, 255]) if has else None,
        payload=PAYLOADS[number],
        address=["10.0.0.1", "::1", None][number % 3],
        maker=[*makers, None][number % 4],
    )


PAYLOADS: list[Any] = [
    {"a": 1, "b": {"c": "deep", "d": [1, 2]}, "n": None},
    {"b": {"d": [1, 2], "c": "deep"}, "a": 1.0, "n": None},
    {"a": "1"},
    None,
    {"a": True, "tags": ["x", "y"]},
    [1, 2, {"a": 3}],
    ["a", "b"],
    "a",
    5,
    {"a": [], "dotted.key": 1, "$gt": 2},
    {"a": {"a": 2}},
    {},
]
