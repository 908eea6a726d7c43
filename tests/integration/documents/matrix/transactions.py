"""Transactions of the matrix: committed, rolled back, nested; each returns what it found afterwards."""

from django.db import transaction
from django.db.models import F

from tests.integration.documents.matrix.operations import add_writes, error_of


def _fail():
    raise LookupError("on purpose")


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
                error_of(lambda: m.Tag.objects.create(word="red")),
                m.Tag.objects.count(),
            ),
        ),
        "nested commit": lambda m: _block(m, lambda: (m.Tag.objects.create(word="outer"), _nested(m, "inner"))),
        "set_rollback": lambda m: _block(m, lambda: _give_up(m)),
        "on_commit": _on_commit,
        "durable inside": lambda m: _block(m, lambda: transaction.atomic(using=m.alias, durable=True).__enter__()),
    },
)
