"""Connections of the backend: many threads over one client, closing at random, forks, and ids that follow pymongo."""

import random
import threading

import pytest
from django.db import close_old_connections, connections

from documents.client import mongo_client
from tests.children import run_in_child
from tests.integration.documents.matrix.rows import empty, store

APPS = ["tests.integration.documents.matrix_documents"]
pytestmark = pytest.mark.django_db(databases=["documents"], transaction=True, available_apps=APPS)


@pytest.fixture
def m():
    made = store("matrix_documents")
    empty(made)
    return made


def test_threads_create_with_connections_closed_at_random(m):
    failures = []

    def work(number):
        dice = random.Random(number)
        try:
            for count in range(40):
                m.Maker.objects.create(name=f"{number}-{count}")
                if dice.random() < 0.3:
                    connections["documents"].close()
        except Exception as error:  # noqa: BLE001 - whatever a thread raises is what is tested
            failures.append(error)
        finally:
            connections["documents"].close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    ids = list(m.Maker.objects.values_list("id", flat=True))
    assert len(ids) == 480 == len(set(ids))


def test_closing_a_connection_leaves_the_client_open(m):
    client = m.connection.database.client
    m.connection.close()
    assert client.admin.command("ping")["ok"] == 1
    assert m.connection.database.client is client is mongo_client()


def test_end_of_a_request_closes_no_client(m):
    client = m.connection.database.client
    m.connection.close_at = 0
    close_old_connections()
    assert m.connection.connection is None
    assert m.Maker.objects.count() == 0
    assert m.connection.database.client is client


def test_two_addresses_of_one_database_name_are_two_clients():
    options = dict(connections["documents"].settings_dict["CLIENT"])
    assert mongo_client(options) is mongo_client(dict(options))
    assert mongo_client({**options, "appname": "another"}) is not mongo_client(options)


def test_child_of_a_fork_has_its_own_client(m):
    m.Maker.objects.create(name="parent")
    parents = m.connection.database.client

    def child():
        m.Maker.objects.create(name="child")
        assert sorted(m.Maker.objects.values_list("name", flat=True)) == ["child", "parent"]
        assert m.connection.database.client is not parents

    assert run_in_child(child) == 0
    assert sorted(m.Maker.objects.values_list("name", flat=True)) == ["child", "parent"]
    assert m.connection.database.client is parents


def test_ids_follow_what_pymongo_inserted(m):
    first = m.Maker.objects.create(name="first").pk
    m.connection.database[m.Maker._meta.db_table].insert_one({"id": first + 41, "name": "by pymongo"})
    assert m.Maker.objects.create(name="next").pk == first + 42
    assert [
        item.pk for item in m.Tag.objects.bulk_create([m.Tag(word="a"), m.Tag(pk=9, word="b"), m.Tag(word="c")])
    ] == [10, 9, 11]


def test_statements_are_logged_as_they_ran(m, django_assert_num_queries):
    with django_assert_num_queries(2, connection=m.connection) as log:
        m.Maker.objects.create(name="one")
        assert m.Maker.objects.filter(name="one").exists()
    assert log.captured_queries[0]["sql"].startswith("db.matrix_documents_maker.insertMany(")
    assert "$match" in log.captured_queries[1]["sql"]


def test_version_and_usability(m):
    assert m.connection.get_database_version() >= (6, 0)
    assert m.connection.is_usable()
