"""Transactions of the backend: nothing half-written, no savepoints, write conflicts retried within a bound."""

import threading
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, NotSupportedError, OperationalError, connections, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from pymongo.errors import OperationFailure

from documents.backend import base, foreign_keys, writes
from tests.integration.documents.matrix.rows import empty, store

APPS = ["tests.integration.documents.matrix_documents"]
pytestmark = pytest.mark.django_db(databases=["documents"], transaction=True, available_apps=APPS)


@pytest.fixture
def m():
    made = store("matrix_documents")
    empty(made)
    made.Maker.objects.bulk_create([made.Maker(name=f"maker {number}", founded=number) for number in range(5)])
    return made


def block(m):
    return transaction.atomic(using=m.alias)


def test_inner_failure_breaks_the_outer_block(m):
    """MongoDB has no savepoints: Django says so, and nothing of the outer block stays."""
    with (
        pytest.raises(transaction.TransactionManagementError, match="An error occurred in the current transaction"),
        block(m),
    ):
        m.Maker.objects.create(name="outer")
        with pytest.raises(LookupError), block(m):
            m.Maker.objects.create(name="inner")
            raise LookupError
        m.Maker.objects.create(name="after")
    assert m.Maker.objects.count() == 5


def test_outer_block_that_ends_after_an_inner_failure_is_rolled_back(m):
    with block(m):
        m.Maker.objects.create(name="outer")
        with pytest.raises(LookupError), block(m):
            raise LookupError
    assert not m.Maker.objects.filter(name="outer").exists()


def test_error_in_a_block_breaks_it(m):
    with pytest.raises(transaction.TransactionManagementError), block(m):
        m.Maker.objects.create(name="outer")
        with pytest.raises(IntegrityError, match="duplicate key"):
            m.Maker.objects.create(name="maker 1")
        m.Maker.objects.count()
    assert m.Maker.objects.count() == 5


def test_explicit_savepoint_does_nothing_that_it_does_not_say(m):
    with block(m):
        m.Maker.objects.create(name="kept")
        assert transaction.savepoint(using=m.alias) is None
    assert m.Maker.objects.filter(name="kept").exists()


def test_ddl_inside_a_block_is_refused(m):
    with pytest.raises(NotSupportedError, match=r"DDL inside atomic\(\)"), block(m), m.connection.schema_editor():
        pass


def test_other_connections_do_not_see_what_is_not_committed(m):
    seen = []

    def look():
        seen.append(m.Maker.objects.count())
        connections["documents"].close()

    with block(m):
        m.Maker.objects.create(name="new")
        reader = threading.Thread(target=look)
        reader.start()
        reader.join()
        assert m.Maker.objects.count() == 6
    assert seen == [5]


def test_statement_on_several_rows_is_done_whole_or_not_at_all(m):
    with pytest.raises(IntegrityError):
        m.Maker.objects.order_by("id").update(name="same")
    assert m.Maker.objects.filter(name="same").count() == 0


def test_increments_of_many_threads_are_all_kept(m):
    def work():
        for _ in range(10):
            m.Maker.objects.filter(name="maker 1").update(founded=F("founded") + 1)
        connections["documents"].close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert m.Maker.objects.get(name="maker 1").founded == 61


def test_locked_row_waits_for_no_lost_update(m):
    failures = []

    def work():
        try:
            for _ in range(5):
                with block(m):
                    maker = m.Maker.objects.select_for_update().get(name="maker 1")
                    maker.founded += 1
                    maker.save()
        except Exception as error:  # noqa: BLE001 - whatever a thread raises is what is tested
            failures.append(error)
        finally:
            connections["documents"].close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert m.Maker.objects.get(name="maker 1").founded == 16


def test_select_for_update_outside_a_block_is_an_error(m):
    with pytest.raises(transaction.TransactionManagementError, match="outside of a transaction"):
        m.Maker.objects.select_for_update().get(name="maker 1")


@contextmanager
def another_writer(m, name):
    """Hold a transaction of another session that has written the row."""
    rows = m.connection.database[m.Maker._meta.db_table]
    with m.connection.database.client.start_session() as session:
        session.start_transaction()
        rows.update_one({"name": name}, {"$set": {"city": "held"}}, session=session)
        yield session


def test_conflict_of_the_first_statement_is_retried_until_it_passes(m):
    with another_writer(m, "maker 1") as session:
        release = threading.Timer(0.3, session.commit_transaction)
        release.start()
        with block(m):
            m.Maker.objects.filter(name="maker 1").update(founded=77)
        release.join()
    assert list(m.Maker.objects.filter(name="maker 1").values_list("city", "founded")) == [("held", 77)]


def test_conflict_of_a_later_statement_is_the_callers_to_repeat(m):
    with (
        another_writer(m, "maker 1") as session,
        pytest.raises(OperationalError, match="run the atomic block again"),
        block(m),
    ):
        m.Maker.objects.create(name="first statement")
        m.Maker.objects.filter(name="maker 1").update(founded=77)
    assert not session.in_transaction or session.abort_transaction() is None
    assert not m.Maker.objects.filter(name="first statement").exists()


def test_retries_are_bounded(m, monkeypatch):
    monkeypatch.setattr(base, "MAX_ATTEMPTS", 3)
    calls = []

    def conflict(_session):
        calls.append(1)
        raise OperationFailure("held", code=112)

    with pytest.raises(OperationalError, match="run the atomic block again"):
        m.connection.run(conflict, name="test")
    assert len(calls) == 3


def test_fixtures_with_forward_references_load(m):
    from django.core import serializers

    text = serializers.serialize(
        "json", [m.Thing(pk=1, name="t", count=1, price=1, maker_id=50), m.Maker(pk=50, name="later")]
    )
    with m.connection.constraint_checks_disabled():
        for item in serializers.deserialize("json", text):
            item.save(using=m.alias)
    assert m.Thing.objects.get().maker.name == "later"


def _thing(m, maker):
    return m.Thing.objects.create(name="t", count=1, price=1, maker=maker)


def test_parent_gone_at_the_end_of_a_block_is_an_error(m):
    """As in PostgreSQL, where Django's keys are looked at when the block ends."""
    maker = m.Maker.objects.get(name="maker 1")
    _thing(m, maker)
    rows = m.Maker.objects.filter(pk=maker.pk)
    with pytest.raises(IntegrityError, match="maker_id still points to"), block(m):
        assert rows._raw_delete(m.alias) == 1
    assert rows.exists()
    with pytest.raises(IntegrityError, match="maker_id still points to"):
        rows._raw_delete(m.alias)
    assert rows.exists()


def test_parent_may_go_before_its_children_within_a_block(m):
    maker = m.Maker.objects.get(name="maker 1")
    _thing(m, maker)
    with block(m):
        m.Maker.objects.filter(pk=maker.pk)._raw_delete(m.alias)
        m.Thing.objects.all().delete()
    assert m.Maker.objects.count() == 4
    assert m.Thing.objects.count() == 0


def test_parent_may_come_again_within_a_block(m):
    maker = m.Maker.objects.get(name="maker 1")
    _thing(m, maker)
    with block(m):
        m.Maker.objects.filter(pk=maker.pk).update(id=77)
        m.Maker.objects.create(pk=maker.pk, name="again")
    assert m.Thing.objects.get().maker.name == "again"


def test_block_that_was_rolled_back_leaves_nothing_to_look_for(m):
    maker = m.Maker.objects.get(name="maker 1")
    _thing(m, maker)
    with pytest.raises(LookupError), block(m):
        m.Maker.objects.filter(pk=maker.pk)._raw_delete(m.alias)
        raise LookupError
    with block(m):
        m.Maker.objects.filter(pk=maker.pk).update(city="Ulm")
    assert m.Maker.objects.get(pk=maker.pk).city == "Ulm"


def test_row_that_stops_matching_while_a_delete_runs_stays(m, monkeypatch):
    """The keys of a condition with joins are read in the transaction that deletes, so the other writer conflicts."""
    one, other = m.Maker.objects.order_by("id")[:2]
    kept = _thing(m, one)
    rows = m.connection.database[m.Thing._meta.db_table]
    calls: list[set[int]] = []

    def in_chunks(keys):
        if not calls:
            rows.update_one({"id": kept.pk}, {"$set": {"maker_id": other.pk}})
        calls.append(set(keys))
        return [list(keys)]

    monkeypatch.setattr(writes, "in_chunks", in_chunks)
    m.Thing.objects.filter(maker__name=one.name)._raw_delete(m.alias)
    assert calls == [{kept.pk}, set()]
    assert m.Thing.objects.get().maker_id == other.pk


def test_delete_of_many_keys_goes_in_several_requests(m, monkeypatch):
    maker = m.Maker.objects.get(name="maker 1")
    m.Thing.objects.bulk_create([m.Thing(name="t", count=number, price=1, maker=maker) for number in range(5)])
    monkeypatch.setattr(foreign_keys, "KEYS_AT_ONCE", 2)
    assert m.Thing.objects.filter(maker__name="maker 1")._raw_delete(m.alias) == 5
    assert m.Thing.objects.count() == 0


def test_statement_is_put_into_words_only_for_the_query_log(m):
    assert m.connection.run(lambda _session: 1, name=lambda: pytest.fail("nobody reads it")) == 1
    with CaptureQueriesContext(m.connection) as captured:
        m.Tag.objects.create(word="new")
    assert any("insertMany([{'word': 'new'" in query["sql"] for query in captured.captured_queries)
