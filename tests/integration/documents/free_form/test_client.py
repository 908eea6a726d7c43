"""The one client: shared by threads, not by a fork; a server that is away, silent or cut off is said to be so."""

import os
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from core.errors import InvalidInput, OutcomeUnknown, StoreError, StoreTimeout, StoreUnavailable
from documents import selectors, services
from documents.client import DEFAULTS, close, database, mongo_client, translated
from documents.health import check_health
from documents.rows import Status
from documents.services import writing
from tests.children import run_in_child
from tests.integration.documents.free_form.conftest import behind, close_own_client
from tests.proxy import Proxy

AWAY = "mongodb://127.0.0.1:1/trivium?serverSelectionTimeoutMS=200"


@pytest.fixture
def through(mongodb, settings):
    """Let this process's client go to another address for the rest of the test."""
    entry = settings.DATABASES["documents"]
    kept = entry["CLIENT"]

    def change(uri):
        entry["CLIENT"] = {"host": uri}

    yield change
    close_own_client()
    entry["CLIENT"] = kept


@pytest.fixture
def door(through, settings):
    """A proxy in front of the server, and the client going through it, which waits half a second for answers."""
    parts = urlsplit(settings.DATABASES["documents"]["CLIENT"]["host"])
    proxy = Proxy((parts.hostname, parts.port))
    user = parts.netloc.rpartition("@")[0]
    address = f"{user}@127.0.0.1:{proxy.port}" if user else f"127.0.0.1:{proxy.port}"
    through(f"mongodb://{address}/?authSource=admin&directConnection=true&socketTimeoutMS=500")
    yield proxy
    proxy.is_mute = False
    mongo_client().close()
    proxy.close()


def test_threads_share_one_client(mongodb):
    with ThreadPoolExecutor(8) as pool:
        clients = set(pool.map(lambda _: id(mongo_client()), range(64)))
    assert len(clients) == 1
    assert mongo_client() is database().client


def test_the_database_is_the_test_database(mongodb, settings):
    assert database().name == settings.DATABASES["documents"]["NAME"]
    assert database().name.startswith("test_")


def test_what_the_uri_says_goes_before_the_defaults(mongodb):
    plain = mongo_client({"host": "mongodb://127.0.0.1:1/x"})
    assert (plain.options.pool_options.socket_timeout, plain.options.server_selection_timeout) == (10, 5)
    assert plain.write_concern.document == {"w": "majority"}
    assert plain.codec_options.tz_aware
    said = mongo_client({"host": "mongodb://127.0.0.1:1/x?w=1&socketTIMEOUTms=700", "serverSelectionTimeoutMS": 900})
    assert (said.options.pool_options.socket_timeout, said.options.server_selection_timeout) == (0.7, 0.9)
    assert said.write_concern.document == {"w": 1}
    assert said.options.retry_writes is DEFAULTS["retryWrites"] is True


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_child_connects_anew_and_the_parent_goes_on(ada, books):
    services.store_documents(ada, books, [{"_id": 1}])
    parents = mongo_client()
    before = database().command("hello")["connectionId"]

    def child():
        assert mongo_client() is not parents
        services.store_documents(ada, books, [{"_id": os.getpid()}])
        close()

    assert [run_in_child(child) for _ in range(3)] == [0, 0, 0]
    assert mongo_client() is parents
    assert database().command("hello")["connectionId"] == before
    assert len(selectors.documents_page(ada, books, limit=9)) == 4


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_control_a_failure_in_a_child_is_noticed(mongodb):
    parents = mongo_client()

    def child():
        assert mongo_client({}) is not mongo_client({})

    assert mongo_client() is parents
    assert run_in_child(child) == 1


def test_health_is_the_servers_version(mongodb):
    assert check_health(5.0) == mongo_client().server_info()["version"]


def test_a_server_that_is_away_is_unavailable(ada, books, through):
    through(AWAY)
    for work in (
        lambda: check_health(0.3),
        lambda: selectors.collection_by_name(ada, books),
        lambda: selectors.document_by_id(ada, books, "1"),
        lambda: selectors.documents_page(ada, books, limit=1),
        lambda: services.store_documents(ada, books, [{"_id": 1}]),
        lambda: services.delete_document(ada, books, "1"),
        lambda: services.create_collection(ada, "more"),
    ):
        with pytest.raises(StoreUnavailable, match="MongoDB is not available: 127.0.0.1:1: .*refused") as away:
            work()
        assert away.value.store == "documents"
        assert "topology" not in away.value.message.lower()


def test_a_wrong_password_is_unavailable_and_not_named(mongodb):
    host, port = next(iter(mongo_client().nodes))
    client = mongo_client({"host": f"mongodb://trivium:wrong-secret@{host}:{port}/?authSource=admin"})
    with pytest.raises(StoreUnavailable) as refused, translated(writing=False):
        client.admin.command("listDatabases")
    assert "wrong-secret" not in refused.value.message


def test_an_address_that_is_none_is_unavailable(mongodb):
    with pytest.raises(StoreUnavailable):
        mongo_client({"host": "mongodb://"})


def test_a_silent_server_is_a_timeout_of_reads(ada, books, door):
    services.store_documents(ada, books, [{"_id": 1}])
    door.is_mute = True
    with pytest.raises(StoreTimeout, match="did not answer a read in time"):
        selectors.document_by_id(ada, books, "1", timeout_s=0.3)
    with pytest.raises(StoreError):
        check_health(0.3)


def test_a_write_without_an_answer_is_unknown_and_may_be_sent_again(ada, books, door, monkeypatch):
    items = [{"_id": number} for number in range(2500)] + ["wrong"]
    kept = writing._bulk_write
    calls = []

    def lose_the_second_answer(collection, operations):
        calls.append(len(operations))
        door.is_mute = len(calls) == 2
        return kept(collection, operations)

    monkeypatch.setattr(writing, "_bulk_write", lose_the_second_answer)
    results = services.store_documents(ada, books, items)
    assert calls == [1000, 1000]
    assert {str(each.status) for each in results[:1000]} == {"stored"}
    assert {(str(each.status), each.code) for each in results[1000:2500]} == {("unknown", "outcome_unknown")}
    assert results[2500].status is Status.REJECTED
    assert "send it again" in results[1000].reason

    door.is_mute = False
    again = services.store_documents(ada, books, items)
    assert {str(each.status) for each in again[:2000]} == {"unchanged"}
    assert {str(each.status) for each in again[2000:2500]} == {"stored"}
    assert {each.version for each in again[:2500]} == {1}


def test_a_cut_connection_is_healed_by_a_retry_that_writes_once(ada, books, door, monkeypatch):
    services.store_documents(ada, books, [{"_id": 1, "n": 1}])
    kept = writing._bulk_write

    def cut_the_answer(collection, operations):
        door.cuts_left = 1
        return kept(collection, operations)

    monkeypatch.setattr(writing, "_bulk_write", cut_the_answer)
    results = services.store_documents(ada, books, [{"_id": 1, "n": 2}, {"_id": 2, "n": 1}])
    assert door.cuts_left == 0
    assert [(str(each.status), each.version) for each in results] == [("replaced", 2), ("stored", 1)]


def test_a_lost_answer_to_a_single_write_is_unknown(ada, books, door):
    services.store_documents(ada, books, [{"_id": 1}])
    with pytest.raises(OutcomeUnknown), translated(writing=True):
        door.is_mute = True
        database()["documents.none"].insert_one({})


def test_what_bson_cannot_hold_is_wrong_input(mongodb):
    for value in (2**64, "\ud800", object(), {"a": {1}}):
        with pytest.raises(InvalidInput), translated(writing=False):
            database()["documents.none"].find_one({"n": value})


def test_a_query_that_runs_too_long_is_a_timeout(ada, books):
    services.store_documents(ada, books, [{"_id": number} for number in range(300)])
    name = behind(books).name
    joins = [{"$lookup": {"from": name, "pipeline": [], "as": f"all{turn}"}} for turn in range(2)]
    unwound = [stage for join in joins for stage in (join, {"$unwind": f"${join['$lookup']['as']}"})]
    with pytest.raises(StoreTimeout), translated(writing=False, timeout_s=0.2):
        list(database()[name].aggregate([*unwound, {"$count": "n"}]))


def test_a_deadline_that_has_passed_is_a_timeout_and_no_freedom(ada, books):
    services.store_documents(ada, books, [{"_id": number} for number in range(300)])
    join = {"$lookup": {"from": behind(books).name, "pipeline": [], "as": "all"}}
    with pytest.raises(StoreTimeout), translated(writing=False, timeout_s=0.0):
        list(behind(books).aggregate([join, {"$unwind": "$all"}, {"$count": "n"}]))
