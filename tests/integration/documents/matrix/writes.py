"""Writing operations of the matrix: each returns what it found afterwards."""

import datetime as dt
import uuid
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import Case, F, TextField, Value, When
from django.db.models.functions import Coalesce

from tests.integration.documents.matrix.operations import add_writes, names

UTC = dt.UTC
PLAIN = {"name": "new", "count": 1000, "price": Decimal(1), "token": uuid.UUID(int=1)}


def _column_after(column, change):
    """Change, then list the column; the change's own answer stands first."""

    def operation(m):
        answer = change(m)
        return [answer, list(m.Thing.objects.order_by("id").values_list(column, flat=True))]

    return operation


def _created(**values):
    """Create a row and read back what was given."""

    def operation(m):
        key = m.Thing.objects.create(**{**PLAIN, **values}).pk
        row = m.Thing.objects.get(pk=key)
        return [bytes(value) if isinstance(value := getattr(row, column), memoryview) else value for column in values]

    return operation


def _updated(column, **values):
    return _column_after(column, lambda m: m.Thing.objects.update(**values))


def _fail():
    raise LookupError("on purpose")


def _error(change):
    """Name what a change raises, outermost of the shared kinds."""
    try:
        change()
    except (IntegrityError, DataError, ValidationError) as error:
        return type(error).__name__
    except (TypeError, ValueError, transaction.TransactionManagementError) as error:
        return type(error).__name__
    except Exception as error:
        if type(error).__name__ == "NotSupportedError":
            raise
        return type(error).__name__
    return None


def _committed(m, change):
    with transaction.atomic(using=m.alias):
        change()


def _pair(result, column):
    item, is_new = result
    return [getattr(item, column), is_new]


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


def _block(m, work):
    """Run in atomic(); give what it returned or raised, and the words that are there afterwards."""
    answer: int | str | None = None
    try:
        with transaction.atomic(using=m.alias):
            found = work()
            answer = found if isinstance(found, int) else None
    except Exception as error:  # noqa: BLE001 - what is raised is what is compared
        answer = type(error).__name__
    return [answer, sorted(m.Tag.objects.values_list("word", flat=True))]


def _give_up(m):
    m.Tag.objects.create(word="new")
    transaction.set_rollback(True, using=m.alias)


def _nested(m, word):
    with transaction.atomic(using=m.alias):
        m.Tag.objects.create(word=word)


def _on_commit(m):
    calls = []
    with transaction.atomic(using=m.alias):
        transaction.on_commit(lambda: calls.append(m.Tag.objects.count()), using=m.alias)
        m.Tag.objects.create(word="new")
        assert calls == []
    return calls


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
        "in bulk": _column_after(
            "name",
            lambda m: all(
                item.pk for item in m.Thing.objects.bulk_create([m.Thing(**{**PLAIN, "count": n}) for n in range(3)])
            ),
        ),
        "in bulk, one taken, none stays": lambda m: [
            _error(lambda: m.Thing.objects.bulk_create([m.Thing(**PLAIN), m.Thing(**{**PLAIN, "code": "c1"})])),
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
        "constraints validated": lambda m: _error(
            lambda: m.Thing(**{**PLAIN, "count": -2000, "code": "zz", "small": 1}).full_clean(exclude=["tags", "maker"])
        ),
        "unique validated": lambda m: _error(lambda: m.Thing(**{**PLAIN, "code": "c1"}).validate_unique()),
    },
)
add_writes(
    "update",
    {
        "constant": _updated("note", note="same"),
        "to null": _updated("rank", rank=None),
        "filtered": _column_after("rank", lambda m: m.Thing.objects.filter(count__gt=3).update(rank=9)),
        "none": _column_after("rank", lambda m: m.Thing.objects.filter(count=999).update(rank=9)),
        "not": _column_after("note", lambda m: m.Thing.objects.exclude(rank=1).update(note="x")),
        "by column": _updated("count", count=F("count") + 1),
        "by nullable column": _updated("rank", rank=F("rank") * 2),
        "by other column": _updated("big", big=F("count") + F("id")),
        "two columns exchange": _column_after(
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
        "JSON and a column": _column_after(
            "payload", lambda m: m.Thing.objects.update(payload={"z": {"b": 1, "a": 2}}, count=F("count") + 1)
        ),
        "across a relation": _column_after(
            "note", lambda m: m.Thing.objects.filter(maker__city="Ulm").update(note="Ulm")
        ),
        "out of range": lambda m: [
            _error(lambda: m.Thing.objects.update(count=F("count") + (1 << 31))),
            sorted(m.Thing.objects.values_list("count", flat=True)),
        ],
        "check constraint broken, none stays": lambda m: [
            _error(lambda: m.Thing.objects.update(count=F("count") - 1000)),
            sorted(m.Thing.objects.values_list("count", flat=True)),
        ],
        "unique taken, none stays": lambda m: [
            _error(lambda: m.Maker.objects.update(name="same")),
            sorted(m.Maker.objects.values_list("name", flat=True)),
        ],
        "null where there must be a value": lambda m: [
            _error(lambda: m.Thing.objects.update(count=None)),
            m.Thing.objects.filter(count=5).count(),
        ],
        "division by zero": lambda m: _error(
            lambda: m.Thing.objects.update(count=F("count") / (F("count") - F("count")))
        ),
        "foreign key": _column_after(
            "maker_id", lambda m: m.Thing.objects.update(maker=m.Maker.objects.get(name="Crux"))
        ),
        "save": lambda m: _saved(m, count=77),
        "save of some columns": lambda m: _saved(m, update_fields=["note"], note="n", count=77),
        "save of an expression": lambda m: _saved(m, count=F("count") + 10),
        "save of a deleted row": lambda m: _error(lambda: _save_deleted(m)),
        "in bulk": _column_after("note", lambda m: m.Thing.objects.bulk_update(_renamed(m), ["note", "rank"])),
        "of a slice": lambda m: _error(lambda: m.Thing.objects.all()[:2].update(rank=1)),
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
        "of a slice": lambda m: _error(m.Thing.objects.all()[:2].delete),
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
add_writes(
    "transaction",
    {
        "commit": lambda m: _block(m, lambda: m.Tag.objects.create(word="new")),
        "roll back": lambda m: _block(m, lambda: (m.Tag.objects.create(word="new"), _fail())),
        "roll back of update and delete": lambda m: _block(
            m, lambda: (m.Tag.objects.filter(word="red").delete(), m.Tag.objects.update(word=F("word")), _fail())
        ),
        "reads its own writes": lambda m: _block(m, lambda: m.Tag.objects.create(word="new") and m.Tag.objects.count()),
        "error breaks the block": lambda m: _block(
            m,
            lambda: (
                m.Tag.objects.create(word="new"),
                _error(lambda: m.Tag.objects.create(word="red")),
                m.Tag.objects.count(),
            ),
        ),
        "nested commit": lambda m: _block(m, lambda: (m.Tag.objects.create(word="outer"), _nested(m, "inner"))),
        "set_rollback": lambda m: _block(m, lambda: _give_up(m)),
        "on_commit": _on_commit,
        "durable inside": lambda m: _block(m, lambda: transaction.atomic(using=m.alias, durable=True).__enter__()),
    },
)
