"""What MongoDB's transactions do not see: they conflict by written documents only, and it has no foreign keys."""

import threading

import pytest
from django.db import connections, transaction

from tests.integration.documents.matrix.rows import empty, store

APPS = ["tests.integration.documents.matrix_documents"]
pytestmark = pytest.mark.django_db(databases=["documents"], transaction=True, available_apps=APPS)


def test_child_written_while_another_transaction_deletes_its_parent_is_left_without_it():
    """A lock on the parent would see it, but would let concurrent writers of one parent's children fail."""
    m = store("matrix_documents")
    empty(m)
    maker = m.Maker.objects.create(name="Acme")

    def delete():
        m.Maker.objects.filter(pk=maker.pk).delete()
        connections["documents"].close()

    with transaction.atomic(using=m.alias):
        child = m.Thing.objects.create(name="t", count=1, price=1, maker=maker)
        deleting = threading.Thread(target=delete)
        deleting.start()
        deleting.join()
    assert m.Maker.objects.count() == 0
    assert m.Thing.objects.get(pk=child.pk).maker_id == maker.pk


def test_child_written_after_select_for_update_of_its_parent_keeps_it():
    """What the caller can do about it: the parent's deletion then conflicts and is repeated after the block."""
    m = store("matrix_documents")
    empty(m)
    maker = m.Maker.objects.create(name="Acme")
    failures = []

    def delete():
        try:
            m.Maker.objects.filter(pk=maker.pk)._raw_delete(m.alias)
        except Exception as error:  # noqa: BLE001 - whatever a thread raises is what is tested
            failures.append(type(error).__name__)
        finally:
            connections["documents"].close()

    deleting = threading.Thread(target=delete)
    with transaction.atomic(using=m.alias):
        held = m.Maker.objects.select_for_update().get(pk=maker.pk)
        m.Thing.objects.create(name="t", count=1, price=1, maker=held)
        deleting.start()
    deleting.join()
    assert failures == ["IntegrityError"]
    assert m.Thing.objects.get().maker == maker
